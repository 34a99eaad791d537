/** Pages of a history: walked in the server when it is wanted whole, by git when it is filtered. */
import { LRUCache } from 'lru-cache'
import { AppError } from '../../kernel/errors.ts'
import type { Oid } from '../../kernel/ids.ts'
import type { RepoHandle } from '../../kernel/repository.ts'
import type { GitReader, Reader } from '../git-reader.ts'
import type { Commit } from '../objects/commit.ts'
import type { StoredObjects } from '../objects/stored-objects.ts'
import { CommitWalk } from './commit-walk.ts'

/** What is listed; nothing given: all. @see git-rev-list(1), Commit Limiting */
export interface LogFilter {
  /** Commits that changed it, or something below it; history is simplified as `git log` does. */
  readonly path?: string | undefined
  /** Commit time in seconds since 1970, inclusive. */
  readonly since?: number | undefined
  readonly until?: number | undefined
  /** Part of `Name <email>` of the author, in any case; no pattern. */
  readonly author?: string | undefined
}

export interface LogPage {
  readonly skip: number
  readonly count: number
}

export interface CommitLogParts {
  readonly git: Pick<GitReader, 'run'>
  readonly objects: Pick<StoredObjects, 'commit' | 'lineage'>
}

/** Ids that all kept walks hold together, about 100 bytes each. */
const MAX_KEPT_IDS = 200_000
const MAX_WALK = 50_000
/** Further than this from what was walked already, git is quicker. */
const MAX_STEP = 2_000
const LIST_WALL_MS = 15_000

export class CommitLog {
  readonly #parts: CommitLogParts
  /** By repository and tip. */
  readonly #walks = new LRUCache<string, CommitWalk>({ maxSize: MAX_KEPT_IDS })

  constructor(parts: CommitLogParts) {
    this.#parts = parts
  }

  /**
   * Commits that `tip` reaches, in the order of `git log`.
   *
   * @param tip of a commit; ids only
   * @throws AppError `NOT_FOUND`; `UNAVAILABLE` when a filtered list takes too long; as `GitReader.run`
   */
  async page(reader: Reader, tip: Oid, page: LogPage, filter: LogFilter = {}): Promise<readonly Commit[]> {
    const isFiltered = Object.values(filter).some((value) => value !== undefined)
    const oids = isFiltered
      ? await this.list(reader, [tip], page, filter)
      : await this.#walk(reader, tip, page)
    return this.#read(reader.repo, oids)
  }

  /**
   * Commits that `head` reaches and `base` does not, in the order of `git log`.
   *
   * @throws as `page`
   */
  async between(reader: Reader, base: Oid, head: Oid, page: LogPage): Promise<readonly Commit[]> {
    return this.#read(reader.repo, await this.list(reader, [head, `^${base}`], page))
  }

  /** The same as ids, by a git of its own. @param revisions ids, with `^` those to leave out */
  async list(
    reader: Reader,
    revisions: readonly string[],
    { skip, count }: LogPage,
    filter: LogFilter = {},
  ): Promise<readonly Oid[]> {
    const { path, since, until, author } = filter
    const args = ['rev-list', `--skip=${skip}`, `--max-count=${count}`]
    if (since !== undefined) args.push(`--max-age=${since}`)
    if (until !== undefined) args.push(`--min-age=${until}`)
    if (author !== undefined) args.push('--fixed-strings', '--regexp-ignore-case', `--author=${author}`)
    const paths = path === undefined ? [] : [path]
    const out = await this.#parts.git.run(reader, [...args, ...revisions, '--', ...paths], {
      wallMs: LIST_WALL_MS,
    })
    return out.toString('latin1').split('\n').slice(0, -1) as Oid[]
  }

  async #walk(reader: Reader, tip: Oid, page: LogPage): Promise<readonly Oid[]> {
    const { repo } = reader
    const key = `${repo.id} ${tip}`
    const walk = this.#walks.get(key) ?? new CommitWalk(this.#parts.objects, repo, tip)
    const end = page.skip + page.count
    if (end > MAX_WALK || end - walk.length > MAX_STEP) return this.list(reader, [tip], page)
    const oids = await walk.page(page.skip, page.count)
    this.#walks.set(key, walk, { size: walk.size })
    return oids
  }

  async #read(repo: RepoHandle, oids: readonly Oid[]): Promise<readonly Commit[]> {
    return Promise.all(oids.map(async (oid) => (await this.#parts.objects.commit(repo, oid)) ?? gone(oid)))
  }
}

/** @throws AppError `NOT_FOUND` */
function gone(sha: Oid): never {
  throw new AppError('NOT_FOUND', { details: { reason: 'no such commit', sha } })
}
