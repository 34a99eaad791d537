/** Lists what a push has brought into its quarantine, and the repository did not have. */
import { isOid } from '../../kernel/ids.ts'
import type { PushedObject } from '../../kernel/ports.ts'
import type { RepoHandle } from '../../kernel/repository.ts'
import type { ResourceLimits } from '../launcher/environment.ts'
import type { Launcher } from '../launcher/launcher.ts'

const ARGS = [
  'cat-file',
  '--batch-all-objects',
  '--unordered',
  '--buffer',
  '--batch-check=%(objectname) %(objecttype) %(objectsize)',
]

/** @param directory object directory of the quarantine; `null`: nothing was stored */
export async function* pushedObjects(
  launcher: Launcher,
  repo: RepoHandle,
  directory: string | null,
  resources: ResourceLimits,
): AsyncIterable<readonly PushedObject[]> {
  if (directory === null) return
  // the alternate is left out, so that git lists only what lies in the quarantine itself
  const env = { GIT_DIR: repo.path, GIT_OBJECT_DIRECTORY: directory }
  const { stdout } = await launcher.run({ cwd: repo.path, args: ARGS, env, ...resources })
  yield stdout
    .toString()
    .split('\n')
    .flatMap((line) => objectOf(line) ?? [])
}

function objectOf(line: string): PushedObject | null {
  const [oid = '', type, bytes] = line.split(' ')
  if (!isOid(oid)) return null
  return { oid, type: type as PushedObject['type'], bytes: Number(bytes) }
}
