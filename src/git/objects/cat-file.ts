/**
 * Reads objects through long-lived `cat-file --batch-command` processes, one for each busy
 * repository. Requests of one turn of the event loop travel together. By object id only, or what
 * leads on from one: what a name means changes, what an id means does not.
 *
 * @see git-cat-file(1), BATCH OUTPUT
 */
import { AppError } from '../../kernel/errors.ts'
import type { Oid } from '../../kernel/ids.ts'
import type { RepoHandle } from '../../kernel/repository.ts'
import type { Launcher } from '../launcher/launcher.ts'
import { CatFileSession, type ObjectContent, type ObjectInfo } from './cat-file-session.ts'

export interface CatFileLimits {
  /** Processes at once; the one unused longest makes room. */
  readonly total: number
  /** Milliseconds after which an unused process is closed. */
  readonly idleMs: number
}

export const CAT_FILE_LIMITS: CatFileLimits = { total: 32, idleMs: 30_000 }

/** `<oid>`, or `<oid>:<path>`, `<oid>^{tree}`, `<oid>~2`: a line of its own on git's stdin. Ids may be cut. */
const SPECIFIER = /^[0-9a-f]{4,64}(?:[:^~][^\n\0]*)?$/

export class CatFile implements AsyncDisposable {
  readonly #launcher: Launcher
  readonly #limits: CatFileLimits
  /** By repository path, in the order of last use. */
  readonly #sessions = new Map<string, { session: CatFileSession; timer: NodeJS.Timeout }>()

  constructor(launcher: Launcher, limits: CatFileLimits = CAT_FILE_LIMITS) {
    this.#launcher = launcher
    this.#limits = limits
  }

  /**
   * Id, type and size; `null` when there is no such object.
   *
   * @param object an id, or its first digits, or one followed by `:<path>`, `^{<type>}`, `~<n>`
   * @throws AppError `INVALID_OID`, `LAUNCHER_LOST`, `GIT_FAILED`
   */
  info(repo: RepoHandle, object: Oid | string): Promise<ObjectInfo | null> {
    return this.#ask(repo, object, (session) => session.info(object))
  }

  /**
   * The whole content; for what may be big, ask `info` first and stream it.
   *
   * @param opts.maxBytes a bigger one is read past
   * @throws AppError as `info`; `PAYLOAD_TOO_LARGE`
   */
  read(repo: RepoHandle, object: Oid | string, opts: { maxBytes: number }): Promise<ObjectContent | null> {
    return this.#ask(repo, object, (session) => session.contents(object, opts.maxBytes))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const sessions = [...this.#sessions.values()]
    this.#sessions.clear()
    for (const { timer } of sessions) clearTimeout(timer)
    await Promise.all(sessions.map(({ session }) => session.close()))
  }

  /** A process that died of an earlier request, or while idle, is replaced. */
  async #ask<T>(
    repo: RepoHandle,
    object: string,
    question: (session: CatFileSession) => Promise<T>,
  ): Promise<T> {
    if (!SPECIFIER.test(object)) throw new AppError('INVALID_OID')
    if (!this.#sessions.has(repo.path)) await this.#launcher.ready()
    return question(this.#sessionOf(repo))
  }

  #sessionOf(repo: RepoHandle): CatFileSession {
    const kept = this.#sessions.get(repo.path)
    if (kept) this.#forget(repo.path, kept.session)
    const session = kept?.session.isAlive ? kept.session : this.#start(repo)
    const timer = setTimeout(() => this.#retire(repo.path), this.#limits.idleMs).unref()
    this.#sessions.set(repo.path, { session, timer })
    return session
  }

  #start(repo: RepoHandle): CatFileSession {
    const [oldest] = this.#sessions.keys()
    if (oldest !== undefined && this.#sessions.size >= this.#limits.total) this.#retire(oldest)
    const session = new CatFileSession(this.#launcher, repo)
    void session.ended.then(() => this.#forget(repo.path, session))
    return session
  }

  /** What it was asked already is still answered. */
  #retire(path: string): void {
    const kept = this.#sessions.get(path)
    if (!kept) return
    this.#forget(path, kept.session)
    void kept.session.close()
  }

  #forget(path: string, session: CatFileSession): void {
    const kept = this.#sessions.get(path)
    if (kept?.session !== session) return
    clearTimeout(kept.timer)
    this.#sessions.delete(path)
  }
}
