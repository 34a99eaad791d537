/** A port for a server that must know its own address before it listens. */
import { createServer, type AddressInfo } from 'node:net'

/** @param port 0: one that the system has free; anything else is returned as it is */
export async function reservePort(host: string, port: number): Promise<number> {
  if (port !== 0) return port
  const server = createServer()
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, host, resolve)
  })
  const free = (server.address() as AddressInfo).port
  await new Promise((resolve) => server.close(resolve))
  return free
}
