/** Sends pushes to a server over one kept connection. */
import { openHttpClient } from '../measure/http.ts'
import type { GitServer, HostedRepository } from '../peers/git-server.ts'
import { pushBody, type PushedCommit } from './push-request.ts'

export interface Pusher extends Disposable {
  /** @returns the whole answer, report included, whatever it says */
  push(commit: PushedCommit, ref: string): Promise<Buffer>
}

export function openPusher(server: GitServer, { path }: HostedRepository): Pusher {
  const client = openHttpClient(server.origin)
  const headers = { ...server.headers, 'content-type': 'application/x-git-receive-pack-request' }
  return {
    push: (commit, ref) =>
      client.send({
        method: 'POST',
        path: `${path}/git-receive-pack`,
        headers,
        body: pushBody(commit, ref),
      }),
    [Symbol.dispose]: () => client[Symbol.dispose](),
  }
}
