/** Which forms of fetches were asked for lately, of which repositories: in memory, bounded, forgotten by itself. */
import { LRUCache } from 'lru-cache'
import type { Oid, RepoId } from '../../kernel/ids.ts'
import type { RepoHandle } from '../../kernel/repository.ts'
import { keyOf, type FetchForm } from './fetch-form.ts'

export interface RecentFetch {
  readonly form: FetchForm
  /** What it wanted: clients that asked so have it now. */
  readonly wants: readonly Oid[]
}

interface RecentRepository {
  readonly repo: RepoHandle
  /** By form. */
  readonly fetches: LRUCache<string, RecentFetch>
}

/** Nobody has fetched in this time: it is not busy. */
const RECENT_MS = 5 * 60_000
const MAX_REPOSITORIES = 256
const MAX_FORMS = 8

export class RecentFetches {
  readonly #perf: { now(): number }
  readonly #repositories: LRUCache<RepoId, RecentRepository>

  /** @param now milliseconds that never go back */
  constructor(now: () => number) {
    this.#perf = { now }
    this.#repositories = new LRUCache({ max: MAX_REPOSITORIES })
  }

  add(repo: RepoHandle, form: FetchForm, wants: readonly Oid[]): void {
    const recent = this.#repositories.get(repo.id) ?? this.#open(repo)
    recent.fetches.set(keyOf(form), { form, wants })
  }

  /** Has somebody asked for just this lately? */
  has({ id }: RepoHandle, form: FetchForm, wants: readonly Oid[]): boolean {
    return this.#repositories.peek(id)?.fetches.peek(keyOf(form))?.wants.join() === wants.join()
  }

  /** Refs have moved, and so has what clients will have: this does not make it busier. */
  moved(repo: RepoHandle, form: FetchForm, wants: readonly Oid[]): void {
    const fetches = this.#repositories.peek(repo.id)?.fetches
    if (fetches?.has(keyOf(form))) fetches.set(keyOf(form), { form, wants }, { noUpdateTTL: true })
  }

  /** The latest form first; `null`: nobody fetches from it. */
  of(id: RepoId): { readonly repo: RepoHandle; readonly fetches: readonly RecentFetch[] } | null {
    const recent = this.#repositories.peek(id)
    const fetches = [...(recent?.fetches.values() ?? [])]
    return recent === undefined || fetches.length === 0 ? null : { repo: recent.repo, fetches }
  }

  #open(repo: RepoHandle): RecentRepository {
    const fetches = new LRUCache<string, RecentFetch>({ max: MAX_FORMS, ttl: RECENT_MS, perf: this.#perf })
    const recent = { repo, fetches }
    this.#repositories.set(repo.id, recent)
    return recent
  }
}
