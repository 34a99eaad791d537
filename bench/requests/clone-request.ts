/** What a stock client sends for a full clone, without the client. @see gitprotocol-v2(5), fetch */
import { DELIM, FLUSH, pktLine } from '../../src/git/wire/pkt-line.ts'
import { git } from '../git.ts'
import type { GitServer, HostedRepository } from '../peers/git-server.ts'
import { readWhole } from './whole-answer.ts'

const FLAGS = ['thin-pack', 'no-progress', 'include-tag', 'ofs-delta']

/** @param directory of the repository, or a copy of it: what its branches and tags point at is wanted */
export async function cloneRequest(directory: string): Promise<Buffer> {
  const refs = ['for-each-ref', '--format=%(objectname)', 'refs/heads', 'refs/tags']
  const { stdout } = await git(refs, { cwd: directory })
  const wants = [...new Set(stdout.trimEnd().split('\n'))].map((oid) => `want ${oid}`)
  const lines = [...FLAGS, ...wants, 'done'].map((line) => pktLine(`${line}\n`))
  return Buffer.concat([pktLine('command=fetch\n'), DELIM, ...lines, FLUSH])
}

/** @returns bytes of the answer @throws Error when it is not whole */
export async function cloneOnce(
  { origin, headers }: GitServer,
  { path }: HostedRepository,
  body: Buffer,
): Promise<number> {
  const { bytes, last } = await readWhole(`${origin}${path}/git-upload-pack`, {
    method: 'POST',
    headers: {
      ...headers,
      'git-protocol': 'version=2',
      'content-type': 'application/x-git-upload-pack-request',
      'content-length': String(body.length),
    },
    body,
  })
  if (!last.equals(FLUSH)) throw new Error('a clone that does not end as it should')
  return bytes
}
