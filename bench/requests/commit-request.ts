/** Commits by REST of files that nobody has seen before. */
import { randomBytes } from '../inputs/random-bytes.ts'
import { parseAnswer, type RestClient } from './rest-client.ts'

export interface NewFile {
  readonly path: string
  readonly content: string
}

const CONTENT_BYTES = 2_048

/**
 * The first files of the input `pushed`, each with new text of 2 KiB.
 *
 * @param seed another one, other text
 */
export function newFiles(seed: string, count: number): NewFile[] {
  const FILES_PER_DIRECTORY = 25
  return Array.from({ length: count }, (_, at) => ({
    path: `src/part-${Math.floor(at / FILES_PER_DIRECTORY)}/file-${at}.txt`,
    content: textOf(`${seed}/${at}`),
  }))
}

/** Lines of ASCII, 2 KiB in all. */
export function textOf(seed: string): string {
  const LINE = 63
  const text = randomBytes(seed, CONTENT_BYTES).toString('base64').slice(0, CONTENT_BYTES)
  return Array.from({ length: CONTENT_BYTES / (LINE + 1) }, (_, at) => {
    return `${text.slice(at * LINE, (at + 1) * LINE)}\n`
  }).join('')
}

/** On top of what `main` is at that moment. @returns the new commit */
export async function commitFiles(client: RestClient, files: readonly NewFile[]): Promise<string> {
  const changes = files.map((file) => ({ ...file, action: 'put', encoding: 'utf-8' }))
  const answer = await client.post('/commits', { branch: 'main', message: 'commit', changes })
  return parseAnswer<{ sha: string }>(answer).sha
}
