/**
 * The text of an event stream, taken apart. Unlike in a browser, a position without data is told as well.
 *
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
 */

/** What stands between two blank lines. */
export interface Block {
  /** Last `id` of the stream so far. */
  readonly id: string
  /** `message` where none was given. */
  readonly event: string
  /** `null`: there was no line of data, so in a browser nothing would happen. */
  readonly data: string | null
}

/** Far more than an event of ours says. */
const MAX_BLOCK_CHARS = 64 * 1024 * 1024

export class EventParser {
  #rest = ''
  #id = ''
  #event = ''
  #data: string[] = []
  #chars = 0
  #begun = false

  /**
   * @param text as it came, cut anywhere
   * @throws RangeError for a block that does not end
   */
  take(text: string): readonly Block[] {
    const lines = this.#lines(text)
    return lines.flatMap((line) => this.#line(line))
  }

  /** A CR may be half of a line's end: what is behind it is not known yet. */
  #lines(text: string): readonly string[] {
    const whole = this.#begun ? this.#rest + text : (this.#rest + text).replace(/^\ufeff/, '')
    if (whole !== '') this.#begun = true
    const lines = whole.split(/\r\n|\n|\r(?!$)/)
    this.#rest = lines.pop() ?? ''
    if (this.#rest.length + this.#chars > MAX_BLOCK_CHARS) throw new RangeError('an event without an end')
    return lines
  }

  #line(line: string): readonly Block[] {
    if (line === '') return this.#block()
    const [, field = line, value = ''] = /^([^:]*): ?([\s\S]*)$/.exec(line) ?? []
    this.#chars += line.length
    if (field === 'data') this.#data.push(value)
    if (field === 'event') this.#event = value
    if (field === 'id' && !value.includes('\0')) this.#id = value
    return []
  }

  #block(): readonly Block[] {
    const data = this.#data.length === 0 ? null : this.#data.join('\n')
    const block = { id: this.#id, event: this.#event === '' ? 'message' : this.#event, data }
    this.#event = ''
    this.#data = []
    this.#chars = 0
    return [block]
  }
}
