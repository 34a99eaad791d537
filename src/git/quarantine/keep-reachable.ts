/**
 * Throws out of a quarantine what only refused refs asked for. Whatever is in a repository's store can
 * be fetched by its id, so it must not get there.
 *
 * @see git-pack-objects(1), --revs and --local
 */
import { mkdir, readdir, rename, rm } from 'node:fs/promises'
import type { Oid } from '../../kernel/ids.ts'
import type { RepoHandle } from '../../kernel/repository.ts'
import type { Launcher, GitSpec } from '../launcher/launcher.ts'
import { objectView } from './object-view.ts'

const KEPT = 'kept'
const KEPT_FILE = /^kept-([0-9a-f]+\.(?:pack|idx|rev))$/
/** Objects that the repository has are seen through an alternate, and are not `local`. */
const PACK = ['pack-objects', '--revs', '--local', '--non-empty', '--delta-base-offset', '--window=0', '-q']

export interface Wanted {
  /** New values of the refs that still stand. */
  readonly tips: readonly Oid[]
  /** Values of refs: what they reach need not be looked at. */
  readonly known: Iterable<Oid>
}

/**
 * @param directory object directory of the quarantine; holds one pack, or nothing, afterwards
 * @throws AppError `GIT_FAILED`, `LAUNCHER_LOST`
 */
export async function keepReachable(
  launcher: Launcher,
  repo: RepoHandle,
  directory: string,
  { tips, known }: Wanted,
  limits: Pick<GitSpec, 'memoryBytes' | 'cpuSeconds'>,
): Promise<void> {
  const env = { ...objectView(repo, directory), GIT_QUARANTINE_PATH: directory }
  const args = ['-c', 'core.fsync=none', ...PACK, `${directory}/${KEPT}`]
  const input = [...tips, ...[...known].map((oid) => `^${oid}`)].map((word) => `${word}\n`).join('')
  await launcher.run({ cwd: repo.path, args, env, ...limits }, { input })

  const names = await readdir(directory)
  const refused = names.filter((name) => !KEPT_FILE.test(name))
  await Promise.all(refused.map((name) => rm(`${directory}/${name}`, { recursive: true })))
  await mkdir(`${directory}/pack`)
  for (const name of names) {
    const [, rest] = KEPT_FILE.exec(name) ?? []
    if (rest !== undefined) await rename(`${directory}/${name}`, `${directory}/pack/pack-${rest}`)
  }
}
