/** Answers that were written from one snapshot, so that the next same question costs a look-up. */

export class AnswerCache {
  readonly maxBytes: number
  readonly #answers = new Map<string, Buffer>()
  #bytes = 0

  constructor(maxBytes: number) {
    this.maxBytes = maxBytes
  }

  /** @param question all that the answer depends on, besides the snapshot */
  get(question: string, write: () => Buffer): Buffer {
    const known = this.#answers.get(question)
    if (known) return known
    const answer = write()
    this.#keep(question, answer)
    return answer
  }

  #keep(question: string, answer: Buffer): void {
    const bytes = answer.length + 2 * question.length
    if (bytes > this.maxBytes) return
    for (const [oldest, old] of this.#answers) {
      if (this.#bytes + bytes <= this.maxBytes) break
      this.#answers.delete(oldest)
      this.#bytes -= old.length + 2 * oldest.length
    }
    this.#answers.set(question, answer)
    this.#bytes += bytes
  }
}
