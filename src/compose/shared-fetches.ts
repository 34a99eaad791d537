/** Answers that several clients are given: who finds them, and what makes them forgotten. */
import type { FetchCache } from '../git/fetch-cache/fetch-cache.ts'
import { tagsDigest } from '../git/verbatim/tags-digest.ts'
import type { AnswerFetchParts } from '../rooms/transport/answer-fetch.ts'
import type { EventTail } from '../store/log/event-tail.ts'
import type { Git } from './git.ts'

export function readyAnswers({
  verbatim,
  fetches,
  readers,
  slabs,
  snapshots,
}: Git): Pick<AnswerFetchParts, 'verbatim' | 'shared' | 'admitReader'> {
  return {
    verbatim,
    shared: {
      find: (question, produce) => fetches?.find(question, produce) ?? null,
      tagsDigest: async (repo) => tagsDigest(await snapshots.get(repo)),
    },
    admitReader: async (who, signal) => {
      const place = await readers.enter(who, signal)
      await slabs.turns.take() // a hundred who ask at once would hold the event loop
      return place
    },
  }
}

/** After these others may read a repository than before, or nobody. */
const CHANGES_READERS: ReadonlySet<string> = new Set([
  'repo.updated',
  'repo.transferred',
  'repo.deleted',
  'repo.purged',
])

/**
 * Nobody is given what he may not read, whatever is kept: that is asked each time. What nobody may ask for
 * any more, or others than before, leaves the disk as well. Dispose to stop.
 */
export function forgetFetches(tail: EventTail, fetches: Pick<FetchCache, 'drop'> | null): Disposable {
  let position = tail.position
  let running = false
  const read = async (): Promise<void> => {
    for (let more = true; more;) {
      const page = await tail.after(position)
      for (const { type, repoId, sequence } of page.events) {
        position = sequence
        if (repoId !== null && CHANGES_READERS.has(type)) fetches?.drop(repoId)
      }
      more = page.more
    }
  }
  return tail.onNews(() => {
    if (running) return
    running = true
    const done = () => {
      running = false
    }
    read().then(done, done) // what could not be read is read with the next news
  })
}
