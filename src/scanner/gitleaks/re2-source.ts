/** An expression being read. */

/** It is not RE2's syntax, or cannot be said in JavaScript. */
export class Re2Error extends Error {
  override readonly name = 'Re2Error'
}

export class Re2Source {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  get done(): boolean {
    return this.#at >= this.#text.length
  }

  /** @throws Re2Error with this message at the end */
  next(message: string): number {
    const code = this.#text.codePointAt(this.#at)
    if (code === undefined) throw new Re2Error(message)
    this.#at += code > 0xffff ? 2 : 1
    return code
  }

  peek(text: string): boolean {
    return this.#text.startsWith(text, this.#at)
  }

  take(text: string): boolean {
    if (!this.peek(text)) return false
    this.#at += text.length
    return true
  }

  /** Takes what a sticky expression matches here. */
  match(sticky: RegExp): RegExpExecArray | null {
    sticky.lastIndex = this.#at
    const match = sticky.exec(this.#text)
    if (match !== null) this.#at += match[0].length
    return match
  }
}
