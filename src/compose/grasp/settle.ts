/** What follows from signed events and from git data that has come: refs, HEAD, and events that leave purgatory. */
import type { GraspConfig } from '../../config/config.ts'
import { objectsHere } from '../../git/objects/objects-here.ts'
import { copyFrom } from '../../git/quarantine/copy-from.ts'
import { readHead, setHead } from '../../git/refs/head.ts'
import type { ErrorLog } from '../../http/error-rendering.ts'
import type { Door } from '../../kernel/door.ts'
import type { Oid, RefName } from '../../kernel/ids.ts'
import type { Clock } from '../../kernel/ports.ts'
import { INTERNAL, principalKey } from '../../kernel/principal.ts'
import type { RepoHandle, Repository } from '../../kernel/repository.ts'
import type { LiveEvents } from '../../rooms/grasp/relay/live-events.ts'
import { SettleLater } from '../../rooms/grasp/settle/settle-later.ts'
import { openSettle, type Settle } from '../../rooms/grasp/settle/settle.ts'
import type { Turns } from '../../rooms/grasp/turns.ts'
import { waitingIdentifiers } from '../../store/nostr/waiting-identifiers.ts'
import type { Git } from '../git.ts'
import type { Records } from '../records.ts'
import type { SignedStores } from './stores.ts'

export interface SettlingParts {
  readonly stores: SignedStores
  readonly records: Records
  readonly git: Git
  readonly door: Door
  readonly live: LiveEvents
  readonly turns: Turns
  /** What goes with the tips that a turn has dropped. */
  readonly tidy: (identifier: string) => Promise<void>
  readonly clock: Clock
  readonly log: ErrorLog
}

export interface Settling extends AsyncDisposable {
  readonly settle: Settle
  /** After a push, before the pusher hears of it. */
  readonly onMoved: (repo: Repository) => Promise<void>
}

const EVERY_MS = 60_000

/** Begins with what an earlier run has left. */
export function openSettling(grasp: GraspConfig, parts: SettlingParts): Settling {
  const { stores, records, git, door, live, turns, tidy, clock, log } = parts
  const refsBelow = async (repo: RepoHandle, prefixes: readonly string[]) => {
    const refs = (await git.snapshots.get(repo)).list({ prefixes, hidden: [] })
    return new Map<RefName, Oid>([...refs].map(({ name, oid }) => [name, oid]))
  }
  const settleRefs = openSettle({
    ...stores,
    door,
    live,
    turns,
    clock,
    rule: grasp.maintainers,
    tipWaitMs: grasp.purgatoryMs,
    refsOf: (repo) => refsBelow(repo, ['refs/heads/', 'refs/tags/']),
    tipsOf: (repo) => refsBelow(repo, ['refs/nostr/']),
    objectsHere,
    copy: async (into, copy) => {
      const who = { repoId: copy.from.id, principal: principalKey(INTERNAL) }
      using _place = await git.queue.enter(who, new AbortController().signal)
      await copyFrom(git.launcher, into, copy)
    },
    readHead,
    setHead: async (repo, branch) => {
      await setHead(repo, branch)
      git.snapshots.invalidate(repo.id)
    },
    defaults: records.repositories,
    onFailed: (identifier, err) => later.failed(identifier, err),
  })
  const settle: Settle = async (identifier) => {
    const released = await settleRefs(identifier)
    await tidy(identifier)
    return released
  }
  const later = new SettleLater({
    settle,
    waiting: () => waitingIdentifiers(records.database),
    overdue: () => stores.tips.overdue(),
    everyMs: EVERY_MS,
    onFailed: (err) => log.error({ err }, 'signed events could not be settled; this is tried again'),
  })
  return {
    settle,
    onMoved: async ({ id, kind }) => {
      if (kind !== 'grasp') return
      const repository = await stores.repositories.byRepoId(id).catch(() => null)
      if (repository !== null) await later.now(repository.identifier)
    },
    [Symbol.asyncDispose]: () => later[Symbol.asyncDispose](),
  }
}
