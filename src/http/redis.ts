/** The connection to Redis, where one is configured. Nothing is loaded otherwise. */
import type { Redis } from 'ioredis'

const CONNECT_TIMEOUT_MS = 2_000
/** A limiter that waits longer than this costs more than it saves. */
const COMMAND_TIMEOUT_MS = 250
const MAX_RECONNECT_DELAY_MS = 2_000

/**
 * Connects in the background and for ever; commands fail at once while there is no connection.
 * Whoever calls disposes, by `disconnect()`.
 *
 * @param url `redis://` or `rediss://`
 */
export async function openRedis(url: string, onError: (error: Error) => void): Promise<Redis> {
  const { Redis } = await import('ioredis')
  const redis = new Redis(url, {
    connectTimeout: CONNECT_TIMEOUT_MS,
    commandTimeout: COMMAND_TIMEOUT_MS,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    retryStrategy: (attempt) => Math.min(attempt * 100, MAX_RECONNECT_DELAY_MS),
  })
  redis.on('error', onError)
  return redis
}
