/** One `cat-file --batch-command --buffer`: requests in, answers out, in the same order. @see git-cat-file(1) */
import { AppError } from '../../kernel/errors.ts'
import { parseOid, type Oid } from '../../kernel/ids.ts'
import type { RepoHandle } from '../../kernel/repository.ts'
import type { GitProcess } from '../launcher/git-process.ts'
import type { Launcher } from '../launcher/launcher.ts'
import { CatFileAnswers, type Answer } from './cat-file-answers.ts'
import type { ObjectType } from './object-type.ts'

export interface ObjectInfo {
  readonly oid: Oid
  readonly type: ObjectType
  /** Bytes. */
  readonly size: number
}

export interface ObjectContent extends ObjectInfo {
  readonly content: Buffer
}

interface Request {
  /** Bytes of content to keep; `null` when none come. */
  readonly maxBytes: number | null
  readonly resolve: (answer: Answer) => void
  readonly reject: (err: unknown) => void
}

/** Objects tell of themselves: a session that has read a damaged commit-graph would believe it to its end. */
const ARGS = ['-c', 'core.commitGraph=false', 'cat-file', '--batch-command', '--buffer']

export class CatFileSession {
  /** Settles, never fails, when git has ended. */
  readonly ended: Promise<void>
  readonly #git: GitProcess
  readonly #answers: CatFileAnswers
  readonly #requests: Request[] = []
  #unsent = ''
  #end: AppError | null = null

  /** @throws AppError `LAUNCHER_LOST` */
  constructor(launcher: Launcher, repo: RepoHandle) {
    this.#git = launcher.start({ cwd: repo.path, args: ARGS, env: { GIT_DIR: repo.path } })
    this.#answers = new CatFileAnswers(
      () => this.#requests[0]?.maxBytes ?? null,
      (answer) => this.#requests.shift()?.resolve(answer),
    )
    this.#git.stdout.on('data', (chunk: Buffer) => this.#hear(chunk))
    this.ended = this.#git.exited.then(
      ({ stderr }) =>
        this.#fail(new AppError('GIT_FAILED', { cause: new Error(`cat-file ended: ${stderr}`) })),
      (err: unknown) =>
        this.#fail(err instanceof AppError ? err : new AppError('GIT_FAILED', { cause: err })),
    )
  }

  get isAlive(): boolean {
    return this.#end === null
  }

  async info(object: string): Promise<ObjectInfo | null> {
    const { header } = await this.#ask('info', object, null)
    return header && { ...header, oid: parseOid(header.oid) }
  }

  async contents(object: string, maxBytes: number): Promise<ObjectContent | null> {
    const { header, content } = await this.#ask('contents', object, maxBytes)
    if (header === null) return null
    if (content === null)
      throw new AppError('PAYLOAD_TOO_LARGE', { details: { size: header.size, maxBytes } })
    return { ...header, oid: parseOid(header.oid), content }
  }

  /** After the answers that are due. */
  async close(): Promise<void> {
    this.#flush()
    this.#git.stdin.end()
    await this.ended
  }

  #ask(command: 'info' | 'contents', object: string, maxBytes: number | null): Promise<Answer> {
    if (this.#end !== null) return Promise.reject(this.#end)
    return new Promise((resolve, reject) => {
      this.#requests.push({ maxBytes, resolve, reject })
      if (this.#unsent === '') setImmediate(() => this.#flush())
      this.#unsent += `${command} ${object}\n`
    })
  }

  #flush(): void {
    if (this.#unsent === '' || this.#end !== null) return
    this.#git.stdin.write(`${this.#unsent}flush\n`)
    this.#unsent = ''
  }

  #hear(chunk: Buffer): void {
    try {
      this.#answers.take(chunk)
    } catch (cause) {
      this.#fail(new AppError('GIT_FAILED', { cause }))
      this.#git.kill()
    }
  }

  #fail(end: AppError): void {
    this.#end ??= end
    for (const { reject } of this.#requests.splice(0)) reject(this.#end)
  }
}
