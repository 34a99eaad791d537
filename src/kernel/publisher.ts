/**
 * Makes moved refs durable and tells about them. Pushes of one repository that wait for the disk
 * are published together: one round of fsync and one database transaction for the group, their
 * events in the order in which the refs moved.
 */
import type { NewEvent, PushData } from './events.ts'
import type { RepoId } from './ids.ts'
import type { GitStore, IntentLog } from './ports.ts'
import type { RepoHandle } from './repository.ts'

export interface Publication {
  readonly intentId: string
  readonly event: NewEvent<PushData>
}

interface Batch {
  readonly items: Publication[]
  readonly done: Promise<void>
}

export interface PublisherParts {
  readonly store: Pick<GitStore, 'syncRefs'>
  readonly intents: Pick<IntentLog, 'complete'>
  /** The refs stand and are on disk; only the event is late. Recovery writes it from the intent. */
  readonly onEventLate: (error: unknown) => void
}

export class Publisher {
  readonly #parts: PublisherParts
  /** Batch that still takes items, by repository: it starts when the one before it has ended. */
  readonly #open = new Map<RepoId, Batch>()
  readonly #last = new Map<RepoId, Promise<void>>()

  constructor(parts: PublisherParts) {
    this.#parts = parts
  }

  /** Resolves when the refs of this publication are on disk and its event is, or will be, written. */
  publish(repo: RepoHandle, item: Publication): Promise<void> {
    const open = this.#open.get(repo.id)
    if (open) {
      open.items.push(item)
      return open.done
    }
    const items = [item]
    const before = this.#last.get(repo.id) ?? Promise.resolve()
    const done = before.catch(() => {}).then(() => this.#flush(repo, items))
    this.#open.set(repo.id, { items, done })
    this.#last.set(repo.id, done)
    return done
  }

  async #flush(repo: RepoHandle, items: readonly Publication[]): Promise<void> {
    this.#open.delete(repo.id)
    const mine = this.#last.get(repo.id)
    const refs = items.flatMap((i) => i.event.data.refs.map((r) => r.ref))
    try {
      await this.#parts.store.syncRefs(repo, [...new Set(refs)])
      await this.#parts.intents.complete(items).catch(this.#parts.onEventLate)
    } finally {
      if (this.#last.get(repo.id) === mine) this.#last.delete(repo.id)
    }
  }
}
