/** What the answer to a fetch depends on, and nothing else: two requests of the same key get the same bytes. */
import { createHash } from 'node:crypto'
import type { RepoHandle } from '../../kernel/repository.ts'
import { fetchArgumentLines, type FetchArguments } from '../wire/fetch-arguments.ts'

/** What clients only want to see on the way; the answer is made without it. */
const NOT_IN_KEY = 'no-progress'

/**
 * Hex, of SHA-256.
 *
 * @param tags digest of the tags, where the answer has tags in it that nobody named
 */
export function fetchKey({ id }: RepoHandle, args: FetchArguments, tags: string | null): string {
  const lines = fetchArgumentLines(args).filter((line) => line !== NOT_IN_KEY)
  const question = [id, args.objectFormat, tags ?? '', ...lines]
  return createHash('sha256').update(question.join('\n')).digest('hex')
}
