/**
 * `refs/pull/<number>/merge`: what merging would make, for git to fetch. Kept when somebody asks whether it can
 * be merged, after the answer, because every push to a branch would else make a merge for each of its pull
 * requests.
 */
import type { Reader } from '../../git/git-reader.ts'
import type { StoredObjects } from '../../git/objects/stored-objects.ts'
import { makeMerge, type MergeParts } from '../../git/merging/merge.ts'
import { apiPush } from '../../kernel/api-push.ts'
import type { Door } from '../../kernel/door.ts'
import type { Identity } from '../../kernel/identity.ts'
import { zeroOid, type Oid } from '../../kernel/ids.ts'
import type { Clock } from '../../kernel/ports.ts'
import type { Repository } from '../../kernel/repository.ts'
import { updateRefs } from '../../kernel/update-refs.ts'
import type { PullRequest } from '../../store/pulls-rows.ts'
import { mergeRef } from './refs.ts'
import { serverItself } from '../../kernel/server-itself.ts'

export interface KeepMergesParts {
  readonly door: Door
  readonly objects: Pick<StoredObjects, 'commit'>
  readonly merging: MergeParts
  readonly admit: (reader: Reader) => Promise<Disposable>
  readonly clock: Clock
  readonly onFailed: (error: unknown) => void
}

export interface WantedMerge {
  readonly repo: Repository
  readonly pull: Pick<PullRequest, 'number' | 'title'>
  readonly source: Oid
  readonly target: Oid
  /** Who asked. */
  readonly by: Identity
}

/** One at a time, and the latest of each pull request. */
export class KeptMerges {
  readonly #parts: KeepMergesParts
  readonly #wanted = new Map<string, WantedMerge>()
  #running: Promise<void> | null = null

  constructor(parts: KeepMergesParts) {
    this.#parts = parts
  }

  want(merge: WantedMerge): void {
    if (merge.repo.archived) return
    this.#wanted.set(`${merge.repo.id} ${merge.pull.number}`, merge)
    this.#running ??= this.#work().finally(() => (this.#running = null))
  }

  /** Resolves when nothing is left to do. */
  async idle(): Promise<void> {
    await this.#running
  }

  async #work(): Promise<void> {
    await new Promise(setImmediate) // the answer first
    for (const [key, wanted] of this.#wanted) {
      this.#wanted.delete(key)
      await keepMerge(this.#parts, wanted).catch(this.#parts.onFailed)
    }
  }
}

/** Its place in the queue of git processes is nobody's own. */
const PARTY = 'pull-requests'

/** A ref that is taken by somebody else meanwhile, or a merge that is not clean any more, changes nothing. */
async function keepMerge(parts: KeepMergesParts, wanted: WantedMerge): Promise<void> {
  const { door, objects, merging, admit, clock } = parts
  const { repo, pull, source, target, by } = wanted
  const ref = mergeRef(pull.number)
  const kept = (await door.store.readRefs(repo, [ref])).get(ref) ?? null
  const parents = kept === null ? [] : ((await objects.commit(repo, kept))?.parents ?? [])
  if (parents[0] === target && parents[1] === source) return

  using place = await admit({ repo, principal: PARTY })
  await using quarantine = door.store.openQuarantine(repo)
  const seconds = Math.floor(clock.now() / 1000)
  const message = `Merge ${source} into ${target}\n\n${pull.title}\n`
  const made = await makeMerge(merging, quarantine, {
    repo,
    target,
    source,
    strategy: 'merge',
    message,
    committer: by,
    seconds,
  })
  place[Symbol.dispose]()
  if (made.kind !== 'made') return
  const update = { ref, oldOid: kept ?? zeroOid(repo.objectFormat), newOid: made.oid }
  await updateRefs(door, apiPush(serverItself(repo), { updates: [update], via: 'merge' }), quarantine, null)
}
