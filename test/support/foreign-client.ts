/**
 * Git clients that are not git, each in a process that reads commands from stdin: `clone`,
 * `commit <file> <text>`, `push <refspec>`, `fetch <ref>`, `tag <name>`, with tabs between the words.
 * It answers `ok <result>` or `error <reason>`, one line each.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Actor } from './actor.ts'

const PROGRAMS = join(import.meta.dirname, 'foreign')

export class ForeignClient implements AsyncDisposable {
  readonly #child
  readonly #lines: AsyncIterator<string>

  /** @param command program and arguments; address, token and work tree are put behind them */
  constructor(command: readonly string[], actor: Actor, url: string) {
    const [program = '', ...args] = command
    this.#child = spawn(program, [...args, url, actor.token ?? '', join(actor.dir, 'copy')], {
      cwd: PROGRAMS,
      env: { PATH: process.env['PATH'] ?? '', HOME: actor.dir, GIT_CONFIG_NOSYSTEM: '1' },
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]()
  }

  /** @throws Error with what the client gave as its reason */
  async do(...words: readonly string[]): Promise<string> {
    this.#child.stdin.write(`${words.join('\t')}\n`)
    const line = await this.#lines.next()
    if (line.done) throw new Error('the client ended by itself')
    const [, outcome, text = ''] = /^(ok|error) ?(.*)$/.exec(line.value) ?? []
    if (outcome !== 'ok') throw new Error(`${words.join(' ')}: ${text || line.value}`)
    return text
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = once(this.#child, 'close')
    this.#child.stdin.end()
    await ended
  }
}
