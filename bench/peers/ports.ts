/** Ports of loopback. */
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'

const PAUSE_MS = 10

/** One that was free a moment ago, for programs that cannot choose for themselves. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

/** @throws Error when nobody listens within `deadlineMs` */
export async function waitUntilListening(port: number, deadlineMs: number): Promise<void> {
  const end = Date.now() + deadlineMs
  while (!(await mayConnect(port))) {
    if (Date.now() > end) throw new Error(`nobody listens on port ${port}`)
    await delay(PAUSE_MS)
  }
}

async function mayConnect(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}
