/** What `git fetch` sends to learn whether there is anything new. @see gitprotocol-v2(5), ls-refs */
import { DELIM, FLUSH, pktLine } from '../../src/git/wire/pkt-line.ts'
import { openHttpClient, type HttpClient } from '../measure/http.ts'
import type { GitServer, HostedRepository } from '../peers/git-server.ts'

export interface Poller extends Disposable {
  /** Advertisement and list. @returns the list */
  poll(): Promise<Buffer>
}

/** @param wants short name of the one branch that is asked for; `null`: all branches and tags */
export function openPoller(server: GitServer, { path }: HostedRepository, wants: string | null): Poller {
  const client = openHttpClient(server.origin)
  const headers = { ...server.headers, 'git-protocol': 'version=2', 'accept-encoding': 'deflate, gzip' }
  const list = lsRefsRequest(wants)
  return {
    poll: async () => {
      await client.send({ method: 'GET', path: `${path}/info/refs?service=git-upload-pack`, headers })
      return askForRefs(client, `${path}/git-upload-pack`, headers, list)
    },
    [Symbol.dispose]: () => client[Symbol.dispose](),
  }
}

function askForRefs(
  client: HttpClient,
  path: string,
  headers: Readonly<Record<string, string>>,
  body: Buffer,
): Promise<Buffer> {
  const type = { 'content-type': 'application/x-git-upload-pack-request' }
  return client.send({ method: 'POST', path, headers: { ...headers, ...type }, body })
}

/** @param wants as for `openPoller` */
export function lsRefsRequest(wants: string | null): Buffer {
  const prefixes = wants === null ? ['refs/heads/', 'refs/tags/'] : namesMeantBy(wants)
  const capabilities = ['command=ls-refs\n', 'agent=git/2.39.5', 'object-format=sha1']
  const wishes = ['peel\n', 'symrefs\n', ...prefixes.map((prefix) => `ref-prefix ${prefix}\n`)]
  const lines = (texts: readonly string[]) => texts.map((text) => pktLine(text))
  return Buffer.concat([...lines(capabilities), DELIM, ...lines(wishes), FLUSH])
}

/** In git's order. @see gitrevisions(7), "<refname>" */
function namesMeantBy(short: string): string[] {
  const rules = ['', 'refs/', 'refs/tags/', 'refs/heads/', 'refs/remotes/']
  return [...rules.map((rule) => rule + short), `refs/remotes/${short}/HEAD`]
}
