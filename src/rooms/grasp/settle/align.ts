/** Brings one repository to one state: all that it declares, in one transaction, or nothing. */
import { setTimeout as delay } from 'node:timers/promises'
import type { Door } from '../../../kernel/door.ts'
import { AppError, type RefusalCode } from '../../../kernel/errors.ts'
import { oidLength, type Oid, type RefName } from '../../../kernel/ids.ts'
import type { RepoHandle, Repository } from '../../../kernel/repository.ts'
import type { SignedState } from '../authorised-states.ts'
import { bringObjects, type ObjectSharing } from './bring-objects.ts'
import { planAlignment, type DeclaredRefs, type Refs } from './plan-alignment.ts'
import { moveSigned } from './signed-move.ts'

export interface AlignParts extends ObjectSharing {
  readonly door: Door
  /** Branches and tags as they are now. */
  readonly refsOf: (repo: RepoHandle) => Promise<Refs>
}

export interface Target {
  readonly repo: Repository
  readonly state: SignedState
  /** Not complete yet; see `planAlignment`. */
  readonly newer: readonly SignedState[]
  /** Other repositories that may have its objects. */
  readonly sources: readonly RepoHandle[]
}

/** Before each further look. */
const WAITS_MS = [0, 20, 100, 500, 1_000] as const
/** A push has been quicker, or holds the locks. */
const PASSING: ReadonlySet<RefusalCode> = new Set(['REF_STALE', 'REF_LOCKED'])

/**
 * @returns false: it cannot be, as objects are missing or git does not take these refs together
 * @throws AppError `CONFLICT`: pushes kept it from being so; what the door throws
 */
export async function align(parts: AlignParts, target: Target): Promise<boolean> {
  const declared = soundRefs(target)
  if (declared === null) return false
  const newer = target.newer.map(({ declared: { refs } }) => refs)
  for (const waitMs of WAITS_MS) {
    if (waitMs > 0) await delay(waitMs)
    const outcome = await tryToAlign(parts, target, declared, newer)
    if (outcome !== 'look again') return outcome === 'aligned'
  }
  throw new AppError('CONFLICT', { details: { reason: 'its refs are being moved' } })
}

type Outcome = 'aligned' | 'impossible' | 'look again'

async function tryToAlign(
  { door, refsOf, ...sharing }: AlignParts,
  { repo, sources }: Target,
  declared: ReadonlyMap<RefName, Oid>,
  newer: readonly DeclaredRefs[],
): Promise<Outcome> {
  const here = await refsOf(repo)
  const { first, then } = planAlignment(here, declared, newer, repo.objectFormat)
  const wanted = [...declared].filter(([ref, oid]) => here.get(ref) !== oid).map(([, oid]) => oid)
  if (wanted.length === 0 && first.length + then.length === 0) return 'aligned'
  await using into = door.store.openQuarantine(repo)
  const from = { from: sources, known: here.values() }
  try {
    if (!(await bringObjects(sharing, { repo, into }, wanted, from))) return 'impossible'
  } catch (err) {
    if (err instanceof AppError && err.code === 'PACK_REJECTED') return 'impossible'
    throw err
  }
  for (const updates of [first, then]) {
    const refusals = await moveSigned(door, repo, updates, into)
    if (refusals.some(({ code }) => PASSING.has(code))) return 'look again'
    if (refusals.length > 0) return 'impossible'
  }
  return 'aligned'
}

/** `null`: something that it declares can never be in this repository. */
function soundRefs({ repo, state }: Target): ReadonlyMap<RefName, Oid> | null {
  const sound = new Map<RefName, Oid>()
  for (const [ref, oid] of state.declared.refs) {
    if (oid?.length !== oidLength(repo.objectFormat)) return null
    sound.set(ref, oid)
  }
  return sound
}
