/**
 * One `git update-ref --stdin` that runs many transactions, one at a time. git keeps its locking and its
 * directory/file checks; the start of a process is saved, and the wait for the disk after each single ref.
 *
 * New objects are still in a quarantine when refs are locked. The session's object directory is a
 * symbolic link to a shelf where new values are shown, and is turned to the quarantine of a transaction
 * that needs more: git looks loose objects up by path, and scans for packs again when it misses one.
 * That git remembers objects it has parsed does no harm: whether a tip is there with all its history is
 * decided by the connectivity check.
 *
 * @see git-update-ref(1)
 */
import { renameSync, symlinkSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { AppError } from '../../kernel/errors.ts'
import { isZero, type Oid } from '../../kernel/ids.ts'
import { isDelete, type RefUpdate } from '../../kernel/ref-update.ts'
import type { RepoHandle } from '../../kernel/repository.ts'
import type { GitProcess } from '../launcher/git-process.ts'
import type { Launcher } from '../launcher/launcher.ts'
import { syncPaths } from '../durable.ts'
import { objectView } from '../quarantine/object-view.ts'

/** packed-refs is locked as long as maintenance packs all refs: a second for each 200,000 of them, about. */
const ARGS = [
  ...['-c', 'core.fsync=none'], // it would wait for one lock file after the other: see `syncLocks`
  ...['-c', 'core.filesRefLockTimeout=1000', '-c', 'core.packedRefsTimeout=10000'],
  ...['update-ref', '--no-deref', '--stdin', '-z'],
]

export interface RefSessionOptions {
  /** Path for the symbolic link; this session's alone. */
  readonly view: string
  /** Directory that it leads to at first; git does not start without an object directory. */
  readonly shelf: string
  /** Milliseconds after which a git that has not answered is ended. */
  readonly answerMs: number
}

/** git ended; `cause` is an AppError when it was lost with the launcher, or took too long. */
export class SessionEnded extends Error {
  override readonly name = 'SessionEnded'
  readonly stderr: string

  constructor(stderr: string, cause?: unknown) {
    super(`update-ref ended: ${stderr.trim()}`, { cause })
    this.stderr = stderr
  }
}

interface Expected {
  readonly answer: string
  readonly resolve: () => void
  readonly reject: (err: SessionEnded) => void
}

export class RefSession {
  readonly repo: RepoHandle
  /** Settles, never fails, when git has ended. */
  readonly ended: Promise<void>
  /** Transactions so far. */
  uses = 0
  readonly #git: GitProcess
  readonly #view: string
  readonly #shelf: string
  readonly #answerMs: number
  /** Where the view leads. */
  #bound: string
  readonly #expected: Expected[] = []
  #end: SessionEnded | null = null
  #tookTooLong = false
  #partial = ''

  /** @throws AppError `LAUNCHER_LOST` */
  constructor(launcher: Launcher, repo: RepoHandle, { view, shelf, answerMs }: RefSessionOptions) {
    this.repo = repo
    this.#view = view
    this.#shelf = this.#bound = shelf
    this.#answerMs = answerMs
    symlinkSync(shelf, view)
    this.#git = launcher.start({ cwd: repo.path, args: ARGS, env: objectView(repo, view) })
    this.#git.stdout.on('data', (chunk: Buffer) => this.#hear(chunk.toString('latin1')))
    this.ended = this.#git.exited.then(
      ({ stderr }) => this.#fail(this.#tookTooLong ? tookTooLong() : new SessionEnded(stderr)),
      (err: unknown) => this.#fail(new SessionEnded('', err)),
    )
  }

  get isAlive(): boolean {
    return this.#end === null
  }

  /**
   * Locks the refs at their old values.
   *
   * @param quarantine object directory with the new objects; `null` when the shelf shows them, or there are none
   * @throws SessionEnded when they cannot be locked: git ends, and its stderr tells why
   */
  async prepare(quarantine: string | null, updates: readonly RefUpdate[]): Promise<void> {
    this.uses++
    this.#bind(quarantine ?? this.#shelf)
    const commands = ['start\0', ...updates.map(command), 'prepare\0'].join('')
    await this.#say(commands, ['start: ok', 'prepare: ok'])
    await syncLocks(this.repo, updates).catch((err: unknown) => this.#giveUp(err))
  }

  /** @throws SessionEnded */
  async commit(): Promise<void> {
    await this.#say('commit\0', ['commit: ok'])
  }

  /** @throws SessionEnded */
  async abort(): Promise<void> {
    await this.#say('abort\0', ['abort: ok'])
  }

  /** End of file: an open transaction is aborted by git, locks and all. */
  async close(): Promise<void> {
    this.#git.stdin.end()
    await this.ended
    await rm(this.#view, { force: true })
  }

  /** Nobody else aborts what was never prepared: its locks would stay. @throws `cause` */
  async #giveUp(cause: unknown): Promise<never> {
    await this.abort().catch(() => {}) // ended: its locks went with it
    throw cause
  }

  #bind(directory: string): void {
    if (directory === this.#bound) return
    symlinkSync(directory, `${this.#view}.new`)
    renameSync(`${this.#view}.new`, this.#view)
    this.#bound = directory
  }

  /** One that hangs would keep its push, and the locks, for ever. What it has done is known when it has ended. */
  async #say(text: string, answers: readonly string[]): Promise<void> {
    const heard = Promise.all(answers.map((answer) => this.#expect(answer)))
    if (this.#end === null) this.#git.stdin.write(text)
    const deadline = setTimeout(() => {
      this.#tookTooLong = true
      this.#git.kill()
    }, this.#answerMs)
    await heard.finally(() => clearTimeout(deadline))
  }

  #expect(answer: string): Promise<void> {
    if (this.#end !== null) return Promise.reject(this.#end)
    return new Promise((resolve, reject) => this.#expected.push({ answer, resolve, reject }))
  }

  #hear(text: string): void {
    const lines = (this.#partial + text).split('\n')
    this.#partial = lines.pop() ?? ''
    for (const line of lines) {
      const next = this.#expected.shift()
      if (next?.answer === line) next.resolve()
      else {
        next?.reject(new SessionEnded(`unexpected answer: ${line}`))
        this.#git.kill()
      }
    }
  }

  #fail(end: SessionEnded): void {
    this.#end = end
    for (const { reject } of this.#expected.splice(0)) reject(end)
  }
}

function tookTooLong(): SessionEnded {
  const reason = 'took too long'
  return new SessionEnded(reason, new AppError('UNAVAILABLE', { details: { reason } }))
}

/**
 * Forces to disk what the commit of a transaction will rename, so that no ref is ever empty after a power cut: all at
 * once, which for thousands of refs is twenty times faster than one by one.
 */
async function syncLocks({ path }: RepoHandle, updates: readonly RefUpdate[]): Promise<void> {
  const packed = updates.some(isDelete) ? [`${path}/packed-refs.new`] : []
  await syncPaths([...updates.map(({ ref }) => `${path}/${ref}.lock`), ...packed])
}

/** The zero id as old value means that the ref must not exist. */
function command({ ref, oldOid, newOid }: RefUpdate): string {
  const old: Oid = oldOid
  return isZero(newOid) ? `delete ${ref}\0${old}\0` : `update ${ref}\0${newOid}\0${old}\0`
}
