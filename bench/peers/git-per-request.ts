/** The server of git-per-request.mjs. */
import { cp } from 'node:fs/promises'
import { join } from 'node:path'
import type { GitServer, HostedRepository } from './git-server.ts'
import { startNodeProgram } from './node-program.ts'

export interface GitPerRequest extends Omit<GitServer, 'host'> {
  readonly hosted: Pick<HostedRepository, 'path'>
}

/** @param source bare repository, copied and then served */
export async function startGitPerRequest(
  root: string,
  scratch: string,
  source: string,
): Promise<GitPerRequest> {
  const repository = join(scratch, 'git-per-request.git')
  await cp(source, repository, { recursive: true })
  const server = await startNodeProgram(root, 'git-per-request.mjs', repository)
  return { ...server, name: 'one git a request', headers: {}, hosted: { path: '/bench/repository' } }
}
