/** Answers about what never changes, kept as they were sent. Whoever asks has been let in before. */
import { LRUCache } from 'lru-cache'

export interface KeptAnswer {
  /** JSON. */
  readonly body: string
  /** The list ends before its end. */
  readonly truncated: boolean
}

/** Of a longer one the next reader pays again. */
const MAX_ANSWER_CHARS = 1024 * 1024
const PLACE_CHARS = 256

export class KeptAnswers {
  readonly #answers: LRUCache<string, KeptAnswer>

  /** @param maxChars of all answers together; about bytes */
  constructor(opts: { readonly maxChars: number }) {
    this.#answers = new LRUCache({
      maxSize: opts.maxChars,
      maxEntrySize: MAX_ANSWER_CHARS,
      sizeCalculation: ({ body }) => body.length + PLACE_CHARS,
    })
  }

  /**
   * @param question names the repository, the object, and all else that the answer depends on
   * @param make `keep: false`: the next one may get a better answer
   */
  async get(
    question: string,
    make: () => Promise<KeptAnswer & { readonly keep: boolean }>,
  ): Promise<KeptAnswer & { readonly keep: boolean }> {
    const kept = this.#answers.get(question)
    if (kept) return { ...kept, keep: true }
    const made = await make()
    if (made.keep) this.#answers.set(question, made)
    return made
  }
}
