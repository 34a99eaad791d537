/** Objects of a push as bytes, through one `cat-file --batch`. */
import type { Oid } from '../../kernel/ids.ts'
import type { RepoHandle } from '../../kernel/repository.ts'
import { checkExit } from '../git-reader.ts'
import type { Launcher } from '../launcher/launcher.ts'

const ARGS = ['cat-file', '--batch', '--buffer']
const WALL_MS = 10 * 60_000

/**
 * @param environment in which git sees the objects
 * @returns as `PushedObjects.contents`
 */
export async function* contentsOf(
  launcher: Launcher,
  repo: RepoHandle,
  environment: Readonly<Record<string, string>>,
  { oids, signal }: { oids: readonly Oid[]; signal?: AbortSignal | undefined },
): AsyncIterable<Buffer> {
  if (oids.length === 0) return
  await launcher.ready()
  const spec = { cwd: repo.path, args: ARGS, env: environment, wallMs: WALL_MS }
  const git = launcher.start(spec, signal ? { signal } : {})
  try {
    git.stdin.on('error', () => {}) // git may end first; `exited` tells
    git.stdin.end(oids.map((oid) => `${oid}\n`).join(''))
    for await (const chunk of git.stdout) yield chunk as Buffer
    checkExit(ARGS, await git.exited)
  } finally {
    git.kill()
  }
}
