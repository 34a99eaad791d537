/**
 * A fetch of protocol v2 as stock clients send it, by a client that costs little: it reads the pack and throws it
 * away. Stock clients check and unpack what they get, which on the same cores costs more than any server.
 *
 * @see gitprotocol-v2(5), fetch
 */
import * as http from 'node:http'
import { DELIM, FLUSH, pktLine } from '../../src/git/wire/pkt-line.ts'
import type { GitServer, HostedRepository } from '../peers/git-server.ts'

export interface Fetcher extends Disposable {
  /** @returns bytes of the answer @throws Error: it has no pack, or is cut */
  fetch(args: readonly string[]): Promise<number>
  /** The same request so many times, together. */
  fetchTogether(args: readonly string[], times: number): Promise<void>
}

/** What git 2.39 says besides what it wants and has. */
export const USUAL = ['thin-pack', 'include-tag', 'ofs-delta'] as const

const TYPE = 'application/x-git-upload-pack-request'
const SECTION = 'packfile\n'

export function openFetcher(server: GitServer, { path }: HostedRepository): Fetcher {
  const agent = new http.Agent({ keepAlive: true })
  const headers = { ...server.headers, 'git-protocol': 'version=2', 'content-type': TYPE }
  const fetch = (args: readonly string[]) =>
    new Promise<number>((resolve, reject) => {
      const url = `${server.origin}${path}/git-upload-pack`
      const request = http.request(url, { agent, method: 'POST', headers }, (response) => {
        readPack(response).then(resolve, reject)
      })
      request.on('error', reject)
      request.end(bodyOf(args))
    })
  return {
    fetch,
    fetchTogether: async (args, times) => {
      await Promise.all(Array.from({ length: times }, () => fetch(args)))
    },
    [Symbol.dispose]: () => agent.destroy(),
  }
}

function bodyOf(args: readonly string[]): Buffer {
  const head = ['command=fetch\n', 'agent=git/2.39.5', 'object-format=sha1'].map((line) => pktLine(line))
  return Buffer.concat([...head, DELIM, ...args.map((arg) => pktLine(`${arg}\n`)), FLUSH])
}

async function readPack(response: http.IncomingMessage): Promise<number> {
  let bytes = 0
  let start = ''
  let end = ''
  for await (const chunk of response as AsyncIterable<Buffer>) {
    if (start.length < 64 * 1024) start += chunk.toString('latin1', 0, 64 * 1024)
    end = (end + chunk.toString('latin1', Math.max(0, chunk.length - 4))).slice(-4)
    bytes += chunk.length
  }
  const isWhole = response.statusCode === 200 && start.includes(SECTION) && end === '0000'
  if (!isWhole) throw new Error(`fetch: ${response.statusCode} ${start.slice(0, 300)}`)
  return bytes
}
