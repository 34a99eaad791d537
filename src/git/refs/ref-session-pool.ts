/** Sessions of `update-ref`, kept per repository while it is busy. */
import type { RepoHandle } from '../../kernel/repository.ts'
import type { Launcher } from '../launcher/launcher.ts'
import type { HashedObject } from '../quarantine/hashed-object.ts'
import { RefSession } from './ref-session.ts'
import { Shelf } from './shelf.ts'

export interface RefSessionLimits {
  readonly perRepository: number
  readonly total: number
  /** Milliseconds after which an unused session is closed. */
  readonly idleMs: number
  /** Transactions after which a session is replaced; git keeps what it has parsed. */
  readonly maxUses: number
  /** Milliseconds after which one that does not answer is ended. */
  readonly answerMs: number
}

export const REF_SESSION_LIMITS: RefSessionLimits = {
  perRepository: 8,
  total: 64,
  idleMs: 30_000,
  maxUses: 500,
  answerMs: 2 * 60_000, // with what its commit may take, less than makes its locks abandoned ones: see git-store.ts
}

/** Its maker makes it in the directory of the sessions, and removes it. */
export const SHELF_DIRECTORY = 'shelf'

interface Waiting {
  readonly repo: RepoHandle
  readonly resolve: (session: RefSession) => void
  readonly reject: (err: unknown) => void
}

export class RefSessionPool implements AsyncDisposable {
  readonly #launcher: Launcher
  readonly #directory: string
  readonly #shelf: Shelf
  readonly #limits: RefSessionLimits
  /** In the order of their last use. */
  readonly #idle = new Map<RefSession, NodeJS.Timeout>()
  readonly #live = new Set<RefSession>()
  readonly #waiting: Waiting[] = []
  #views = 0

  /** @param directory for the views of sessions; holds a `SHELF_DIRECTORY` */
  constructor(launcher: Launcher, directory: string, limits: RefSessionLimits = REF_SESSION_LIMITS) {
    this.#launcher = launcher
    this.#directory = directory
    this.#shelf = new Shelf(`${directory}/${SHELF_DIRECTORY}`)
    this.#limits = limits
  }

  /** Starts a session that will soon be wanted, if there is room, so that its start is hidden. */
  warm(repo: RepoHandle): void {
    if (this.#idleOf(repo) || this.#waiting.length > 0 || !this.#hasRoom(repo)) return
    try {
      this.#keep(this.#start(repo))
    } catch {
      // `take` will tell
    }
  }

  /** Objects that all sessions see, without a quarantine. Dispose when they are locked. */
  show(objects: readonly HashedObject[]): Disposable {
    return this.#shelf.show(objects)
  }

  /**
   * A session for one transaction; waits in line when there are too many.
   *
   * @throws AppError `LAUNCHER_LOST`
   */
  async take(repo: RepoHandle): Promise<RefSession> {
    await this.#launcher.ready()
    return new Promise((resolve, reject) => {
      this.#waiting.push({ repo, resolve, reject })
      this.#serve()
    })
  }

  /** @param session not in a transaction */
  giveBack(session: RefSession): void {
    if (session.isAlive && session.uses < this.#limits.maxUses) this.#keep(session)
    else this.#close(session)
    this.#serve()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const timer of this.#idle.values()) clearTimeout(timer)
    this.#idle.clear()
    await Promise.all(Array.from(this.#live, (session) => session.close()))
  }

  #serve(): void {
    for (const waiting of [...this.#waiting]) {
      const session = this.#tryTake(waiting)
      if (session === null) continue
      this.#waiting.splice(this.#waiting.indexOf(waiting), 1)
      if (session !== 'failed') waiting.resolve(session)
    }
  }

  #tryTake({ repo, reject }: Waiting): RefSession | 'failed' | null {
    const idle = this.#idleOf(repo)
    if (idle) {
      this.#forgetIdle(idle)
      return idle
    }
    if (this.#isCrowded(repo)) return null
    if (this.#live.size >= this.#limits.total) {
      this.#evict()
      return null
    }
    try {
      return this.#start(repo)
    } catch (err) {
      reject(err)
      return 'failed'
    }
  }

  #start(repo: RepoHandle): RefSession {
    const view = `${this.#directory}/view-${++this.#views}`
    const { answerMs } = this.#limits
    const session = new RefSession(this.#launcher, repo, { view, shelf: this.#shelf.directory, answerMs })
    this.#live.add(session)
    void session.ended.then(() => {
      this.#forgetIdle(session)
      this.#live.delete(session)
      this.#serve()
    })
    return session
  }

  #keep(session: RefSession): void {
    const timer = setTimeout(() => this.#close(session), this.#limits.idleMs)
    this.#idle.set(session, timer.unref())
  }

  #close(session: RefSession): void {
    this.#forgetIdle(session)
    session.close().catch(() => {}) // its view could not be removed: that goes with the directory
  }

  #forgetIdle(session: RefSession): void {
    clearTimeout(this.#idle.get(session))
    this.#idle.delete(session)
  }

  /** The one used last, which has most in its caches. */
  #idleOf(repo: RepoHandle): RefSession | undefined {
    return [...this.#idle.keys()].findLast((session) => session.repo.path === repo.path)
  }

  #hasRoom(repo: RepoHandle): boolean {
    return this.#live.size < this.#limits.total && !this.#isCrowded(repo)
  }

  #isCrowded(repo: RepoHandle): boolean {
    const mine = [...this.#live].filter((session) => session.repo.path === repo.path)
    return mine.length >= this.#limits.perRepository
  }

  /** Room is made when it has ended: see `#start`. */
  #evict(): void {
    const [oldest] = this.#idle.keys()
    if (oldest) this.#close(oldest)
  }
}
