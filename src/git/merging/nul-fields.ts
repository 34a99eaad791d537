/** The fields of an output of git's that end in NUL each, one after the other. */

export class NulFields {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  /** @returns `null` at the end; what does not end in NUL is a field too */
  next(): string | null {
    if (this.#at >= this.#text.length) return null
    const end = this.#text.indexOf('\0', this.#at)
    const field = this.#text.slice(this.#at, end < 0 ? undefined : end)
    this.#at = end < 0 ? this.#text.length : end + 1
    return field
  }
}
