/** A poll over git's own transport: a connection each, as that transport has no requests. @see gitprotocol-pack(5), "Git Transport" */
import { once } from 'node:events'
import { connect } from 'node:net'
import { FLUSH, pktLine } from '../../src/git/wire/pkt-line.ts'
import type { GitDaemon } from '../peers/git-daemon.ts'
import { lsRefsRequest, type Poller } from './poll-request.ts'

/** @param path as `host` returned it; @param wants as for `openPoller` */
export function openDaemonPoller({ port }: GitDaemon, path: string, wants: string | null): Poller {
  const host = `host=127.0.0.1:${port}`
  const hello = pktLine(`git-upload-pack ${path}\0${host}\0\0version=2\0`)
  const list = lsRefsRequest(wants)
  return {
    poll: () => pollOnce(port, hello, list),
    [Symbol.dispose]: () => {},
  }
}

async function pollOnce(port: number, hello: Buffer, list: Buffer): Promise<Buffer> {
  const socket = connect({ host: '127.0.0.1', port, noDelay: true })
  const chunks: Buffer[] = []
  let advertised = false
  socket.write(hello)
  socket.on('data', (chunk: Buffer) => {
    chunks.push(chunk)
    if (advertised || !endsWithFlush(chunk)) return
    advertised = true
    chunks.length = 0
    socket.end(Buffer.concat([list, FLUSH])) // a flush in place of a command ends the session
  })
  await once(socket, 'close')
  return Buffer.concat(chunks)
}

function endsWithFlush(chunk: Buffer): boolean {
  return chunk.subarray(-FLUSH.length).equals(FLUSH)
}
