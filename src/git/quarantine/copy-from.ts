/** Brings objects from one repository of this server into another one: a pack from git to git, no store in common. */
import { AppError } from '../../kernel/errors.ts'
import type { Oid } from '../../kernel/ids.ts'
import type { Quarantine } from '../../kernel/ports.ts'
import type { RepoHandle } from '../../kernel/repository.ts'
import type { Launcher } from '../launcher/launcher.ts'
import { objectsHere } from '../objects/objects-here.ts'

export interface Copy {
  readonly from: RepoHandle
  /** All of them are there. */
  readonly wanted: readonly Oid[]
  /** What the taker has with all that it leads to; what the giver does not have is of no use. */
  readonly known: Iterable<Oid>
  readonly signal?: AbortSignal
}

const WALL_MS = 10 * 60_000
/** @see git-pack-objects(1) */
const PACK = ['pack-objects', '--revs', '--stdout', '--thin', '--delta-base-offset', '-q']

/**
 * @param into a quarantine of the taker
 * @throws AppError `PACK_REJECTED`: the giver does not have all that `wanted` leads to; `LAUNCHER_LOST`
 */
export async function copyFrom(
  launcher: Pick<Launcher, 'start' | 'ready'>,
  into: Pick<Quarantine, 'receive'>,
  { from, wanted, known, signal }: Copy,
): Promise<void> {
  await launcher.ready()
  const spec = { cwd: from.path, args: PACK, env: { GIT_DIR: from.path }, wallMs: WALL_MS }
  const giver = launcher.start(spec, signal ? { signal } : {})
  const boundary = [...objectsHere(from, known)].map((oid) => `^${oid}\n`)
  giver.stdin.end([...wanted.map((oid) => `${oid}\n`), ...boundary].join(''))
  try {
    await into.receive(giver.stdout, signal ? { signal } : {})
  } finally {
    giver.kill()
  }
  const { code, stderr } = await giver.exited
  if (code !== null && code !== 0)
    throw new AppError('PACK_REJECTED', { details: { reason: 'objects are missing' }, cause: stderr })
}
