/** Remembers what a query answered until anybody changes the tables that it reads: for reads that every request makes. */
import type { VersionOf } from './database.ts'
import type { Schema } from './schema.ts'

const MAX_ANSWERS = 10_000

/**
 * @param version `null`: the engine cannot tell, and nothing is remembered
 * @param tables all that the query reads
 * @param ask the query
 * @param keyOf text that tells its questions apart
 */
export function rememberUnchanged<Question extends unknown[], Answer>(
  version: VersionOf | null,
  tables: readonly (keyof Schema)[],
  ask: (...question: Question) => Promise<Answer>,
  keyOf: (...question: Question) => string,
): (...question: Question) => Promise<Answer> {
  if (version === null) return ask
  const answers = new Map<string, { readonly answer: Answer }>()
  let answeredAt = version(tables)

  return async (...question) => {
    const now = version(tables)
    if (now !== answeredAt || answers.size >= MAX_ANSWERS) {
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
