/** What a command prints: the API's JSON for machines, tables and sentences for people. Secrets go through `secret` only. */
import { printable, printableJson } from '../client/printable.ts'
import { aligned, record, tabbed, type Column } from './table.ts'
import { colorsFor, type Colors, type Terminal } from './terminal.ts'

const WIDTH = 80

export class Output {
  readonly json: boolean
  readonly #terminal: Terminal
  readonly #colors: Colors

  constructor(terminal: Terminal, { json }: { readonly json: boolean }) {
    this.json = json
    this.#terminal = terminal
    this.#colors = colorsFor(terminal, terminal.stdout)
  }

  list<Item>(items: readonly Item[], columns: readonly Column<Item>[]): void {
    const { stdout } = this.#terminal
    if (this.json) return this.#write(`${printableJson(items)}\n`)
    if (stdout.isTTY !== true) return this.#write(tabbed(items, columns))
    if (items.length === 0) return this.note('nothing to show')
    this.#write(aligned(items, columns, { width: stdout.columns ?? WIDTH, heading: this.#colors.bold }))
  }

  show<Item>(item: Item, columns: readonly Column<Item>[]): void {
    this.#write(this.json ? `${printableJson(item)}\n` : record(item, columns, this.#colors.dim))
  }

  /** One of many that come by and by. */
  line<Item>(item: Item, columns: readonly Column<Item>[]): void {
    this.#write(this.json ? `${printableJson(item, 0)}\n` : tabbed([item], columns))
  }

  /** Something was done. @param answer of the API; absent where it answers without a body */
  done(sentence: string, answer?: unknown): void {
    const tick = this.#terminal.stdout.isTTY ? `${this.#colors.green('✓')} ` : ''
    if (!this.json) return this.#write(`${tick}${printable(sentence)}\n`)
    if (answer !== undefined) this.#write(`${printableJson(answer)}\n`)
  }

  /**
   * The token alone on stdout, so that it can be piped; what is to be said about it on stderr, and only
   * where somebody reads it.
   */
  secret(token: string, answer: unknown, advice: readonly string[]): void {
    if (this.json) return this.#write(`${printableJson(answer)}\n`)
    if (this.#terminal.stderr.isTTY) advice.forEach((line) => this.note(line))
    this.#write(`${printable(token)}\n`)
  }

  /** As it is, for whoever pipes it. */
  text(text: string): void {
    this.#write(text)
  }

  /** Beside the result: to stderr. */
  note(line: string): void {
    if (!this.json) this.#terminal.stderr.write(`${printable(line)}\n`)
  }

  #write(text: string): void {
    this.#terminal.stdout.write(text)
  }
}
