/** What a git request says about itself in query and headers. @see gitprotocol-http(5) */
import { AppError } from '../../kernel/errors.ts'

export type Service = 'git-upload-pack' | 'git-receive-pack'
export type ProtocolVersion = 0 | 1 | 2

/**
 * Exactly one `service` parameter with an exact value.
 *
 * @throws AppError `DUMB_HTTP` when there is none, `UNKNOWN_SERVICE` otherwise
 */
export function parseService(query: unknown): Service {
  const service = (query as { service?: unknown } | null)?.service
  if (service === undefined) throw new AppError('DUMB_HTTP')
  if (service !== 'git-upload-pack' && service !== 'git-receive-pack') throw new AppError('UNKNOWN_SERVICE')
  return service
}

/** `Git-Protocol: version=2:…`; the highest version that is named and known, else 0. */
export function parseProtocolVersion(header: string | string[] | undefined): ProtocolVersion {
  const fields = String(header ?? '').split(':')
  if (fields.includes('version=2')) return 2
  return fields.includes('version=1') ? 1 : 0
}

/** Clients' tests compare these to the letter. */
export const NO_CACHE = {
  expires: 'Fri, 01 Jan 1980 00:00:00 GMT',
  pragma: 'no-cache',
  'cache-control': 'no-cache, max-age=0, must-revalidate',
} as const
