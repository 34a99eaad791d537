/** Brings what one event needs from whoever has it, one URL after the other, as far as they have it. */
import type { OpenRemote } from '../../../git/outbound/upstream-remote.ts'
import type { UpstreamGit } from '../../../git/outbound/upstream-git.ts'
import type { OutboundGuard } from '../../../http/outbound/outbound-guard.ts'
import type { Door } from '../../../kernel/door.ts'
import { AppError, type ErrorCode } from '../../../kernel/errors.ts'
import type { Oid, RefName } from '../../../kernel/ids.ts'
import type { DomainTurns } from './domain-turns.ts'
import { keepFetched } from './hunt-refs.ts'
import type { Missing } from './missing.ts'

export interface GatherParts {
  readonly door: Door
  readonly git: Pick<UpstreamGit, 'listRefs' | 'fetch'>
  /** Decides to which addresses this server connects because an event has named them. */
  readonly guard: Pick<OutboundGuard, 'check'>
  readonly turns: Pick<DomainTurns, 'visit'>
  /** Largest pack that may come because anybody has signed a pull request. */
  readonly maxTipBytes: number
}

type Wanted = ReadonlyMap<RefName, Oid>

/** One that answers so is not asked further; the next one may have it. */
const NOT_THERE: ReadonlySet<ErrorCode> = new Set([
  'UPSTREAM_UNAVAILABLE',
  'OUTBOUND_REFUSED',
  'UNAVAILABLE',
  'OVERLOADED',
  'UNPROCESSABLE', // what it sent does not hold together
  'REF_STALE', // somebody has brought it meanwhile
])

/**
 * @param urls to be asked, in this order
 * @returns whether all of it is here
 * @throws what is no fault of those that were asked; the reason of `signal`
 */
export async function gather(
  parts: GatherParts,
  { wanted, ...what }: Pick<Missing, 'repo' | 'wanted' | 'kind'>,
  urls: readonly URL[],
  signal: AbortSignal,
): Promise<boolean> {
  let left: Wanted = wanted
  for (const url of urls) {
    if (left.size === 0) break
    signal.throwIfAborted()
    const brought = await bringFrom(parts, what, left, url, signal).catch(nothingUnlessOurs)
    left = new Map([...left].filter(([ref]) => !brought.has(ref)))
  }
  return left.size === 0
}

/** What stays undone at an error leaves nothing here. @returns what is kept now */
async function bringFrom(
  { door, git, guard, turns, maxTipBytes }: GatherParts,
  { repo, kind }: Pick<Missing, 'repo' | 'kind'>,
  wanted: Wanted,
  url: URL,
  signal: AbortSignal,
): Promise<Wanted> {
  const { address } = await guard.check(url)
  const visit = async () => {
    const remote: OpenRemote = { kind: 'open', url, address }
    await using fetched = door.store.openQuarantine(repo)
    const fetch = (some: Wanted) =>
      fetched.receiveBy((environment) =>
        git.fetch(remote, repo, environment, [...new Set(some.values())], {
          signal,
          ...(kind === 'tip' ? { maxPackBytes: maxTipBytes } : {}),
        }),
      )
    const brought = await fetchSome(git, remote, wanted, fetch, signal)
    if (brought.size > 0) await keepFetched(door, repo, brought, fetched)
    return brought
  }
  return await turns.visit({ host: url.hostname, address }, visit, signal)
}

/** All of it; from a server that lacks some, what it shows. */
async function fetchSome(
  git: GatherParts['git'],
  remote: OpenRemote,
  wanted: Wanted,
  fetch: (some: Wanted) => Promise<void>,
  signal: AbortSignal,
): Promise<Wanted> {
  try {
    await fetch(wanted)
    return wanted
  } catch (err) {
    if (!lacksSome(err) || wanted.size === 1) throw err
  }
  const shown = new Set((await git.listRefs(remote, signal)).refs.values())
  const some = new Map([...wanted].filter(([, oid]) => shown.has(oid)))
  if (some.size > 0) await fetch(some)
  return some
}

/** "not our ref" */
function lacksSome(err: unknown): boolean {
  return err instanceof AppError && (err.details as { moved?: unknown } | null)?.moved === true
}

function nothingUnlessOurs(err: unknown): Wanted {
  if (err instanceof AppError && NOT_THERE.has(err.code)) return new Map()
  throw err
}
