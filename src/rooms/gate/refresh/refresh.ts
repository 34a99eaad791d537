/** One refresh: what the upstream has now becomes what the gate has. Who waits for it is decided elsewhere. */
import { setTimeout as delay } from 'node:timers/promises'
import type { Door } from '../../../kernel/door.ts'
import { AppError, type RefusalCode } from '../../../kernel/errors.ts'
import type { Refusal } from '../../../kernel/ref-update.ts'
import type { RepoHandle, Repository } from '../../../kernel/repository.ts'
import type { UpstreamGit, UpstreamRefs } from '../../../git/outbound/upstream-git.ts'
import type { UpstreamRemote } from '../../../git/outbound/upstream-remote.ts'
import { planRefresh, type Refs } from './plan-refresh.ts'
import { takeOver, type TakeOverParts } from './take-over.ts'

export interface RefreshParts {
  readonly door: Door
  readonly git: Pick<UpstreamGit, 'listRefs' | 'fetch'>
  /** Refs below `UPSTREAM_PREFIXES` as they are now. */
  readonly refsOf: (repo: RepoHandle) => Promise<Refs>
  /** Told of every fetch that is begun. */
  readonly onFetch: () => void
}

/** Before each further look after one that did not bring it to an end. */
const WAITS_MS = [0, 50, 250, 1_000] as const
/** A push here has been quicker, or holds the locks: the next look shows what is left to do. */
const PASSING: ReadonlySet<RefusalCode> = new Set(['REF_STALE', 'REF_LOCKED', 'REF_CONFLICT'])

/**
 * @param asked called before the upstream is asked, each time
 * @returns what the upstream has, and the gate with it
 * @throws AppError `UPSTREAM_UNAVAILABLE` with fixed words; what the door throws; the reason of `signal`
 */
export async function refresh(
  parts: RefreshParts,
  repo: Repository,
  remote: UpstreamRemote,
  asked: () => void,
  signal: AbortSignal,
): Promise<UpstreamRefs> {
  let fault: AppError | null = null
  for (const waitMs of WAITS_MS) {
    if (fault !== null) await delay(waitMs, undefined, { signal })
    const here = await parts.refsOf(repo)
    asked()
    const there = await parts.git.listRefs(remote, signal)
    fault = await takeOverFrom(parts, repo, remote, { here, there, signal })
    if (fault === null) return there
  }
  throw fault
}

interface Look {
  readonly here: Refs
  readonly there: UpstreamRefs
  readonly signal: AbortSignal
}

/**
 * @returns why it has to be looked at again; `null`: the refs are equal
 * @throws what no second look changes
 */
async function takeOverFrom(
  { door, git, onFetch }: RefreshParts,
  repo: Repository,
  remote: UpstreamRemote,
  { here, there, signal }: Look,
): Promise<AppError | null> {
  const plan = planRefresh(here, there.refs, { head: there.head, objectFormat: repo.objectFormat })
  if (plan === null) return null
  const fetch: TakeOverParts['fetch'] = (environment, oids) => {
    onFetch()
    return git.fetch(remote, repo, environment, oids, { signal })
  }
  try {
    const refused = await takeOver({ door, fetch }, repo, plan, signal)
    return refused.length === 0 ? null : inTheWay(refused)
  } catch (err) {
    if (hasMovedOn(err)) return err
    throw err
  }
}

/** Between the list and the fetch. */
function hasMovedOn(err: unknown): err is AppError {
  return err instanceof AppError && (err.details as { moved?: unknown } | null)?.moved === true
}

/** @throws AppError `UPSTREAM_UNAVAILABLE`: a ref cannot ever be taken over as it is */
function inTheWay(refused: readonly Refusal[]): AppError {
  const forGood = refused.find(({ code }) => !PASSING.has(code))
  if (forGood) throw notTakenOver(forGood)
  return notTakenOver(refused[0] as Refusal)
}

function notTakenOver({ ref, reason }: Refusal): AppError {
  const details = { reason: `${ref ?? 'a ref'} cannot be taken over: ${reason}` }
  return new AppError('UPSTREAM_UNAVAILABLE', { details })
}
