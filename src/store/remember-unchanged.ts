/** Remembers what a query answered until anybody commits anything: for reads that every request makes. */
import { LRUCache } from 'lru-cache'

const MAX_ANSWERS = 10_000

/**
 * @param version changes with every commit, of this process or another; `null`: the engine cannot tell, and nothing
 *   is remembered
 * @param ask the query
 * @param keyOf text that tells its questions apart
 */
export function rememberUnchanged<Question extends unknown[], Answer>(
  version: (() => string) | null,
  ask: (...question: Question) => Promise<Answer>,
  keyOf: (...question: Question) => string,
): (...question: Question) => Promise<Answer> {
  if (version === null) return ask
  const answers = new LRUCache<string, { readonly answer: Answer }>({ max: MAX_ANSWERS })
  let answeredAt = version()

  return async (...question) => {
    const now = version()
    if (now !== answeredAt) {
      answers.clear()
      answeredAt = now
    }
    const key = keyOf(...question)
    const known = answers.get(key)
    if (known) return known.answer
    const answer = await ask(...question)
    if (answeredAt === now) answers.set(key, { answer })
    return answer
  }
}
