/** A history of text files that grows like a program's: many files, small changes, directories. */
import { randomNumbers } from './random-bytes.ts'
import type { ImportedCommit } from './fast-import.ts'

export interface HistorySize {
  readonly commits: number
  readonly files: number
}

const LINES_PER_FILE = 60
const WORDS_PER_LINE = 8
const VOCABULARY = 3000
const FILES_PER_DIRECTORY = 25
const MAX_FILES_CHANGED = 3
const MAX_LINES_CHANGED = 6

/** The first commit brings all files; each further one changes a few lines of one to three of them. */
export function* textHistory(seed: string, size: HistorySize): Generator<ImportedCommit> {
  const random = randomNumbers(seed)
  const files = Array.from({ length: size.files }, () => lines(random, LINES_PER_FILE))
  yield {
    message: 'the first commit\n',
    files: new Map(files.map((text, at) => [pathOf(at), contentOf(text)])),
  }
  for (let commit = 1; commit < size.commits; commit++) {
    const changed = new Map<string, Buffer>()
    for (let left = 1 + random(MAX_FILES_CHANGED); left > 0; left--) {
      const at = random(files.length)
      const text = files[at] ?? []
      text.splice(
        random(text.length),
        1 + random(MAX_LINES_CHANGED),
        ...lines(random, 1 + random(MAX_LINES_CHANGED)),
      )
      changed.set(pathOf(at), contentOf(text))
    }
    yield { message: `change ${commit}: ${lines(random, 1).join('')}\n`, files: changed }
  }
}

function lines(random: (limit: number) => number, count: number): string[] {
  const word = () => `w${random(VOCABULARY).toString(36)}`
  return Array.from({ length: count }, () => Array.from({ length: WORDS_PER_LINE }, word).join(' '))
}

function pathOf(file: number): string {
  return `src/part-${Math.floor(file / FILES_PER_DIRECTORY)}/file-${file}.txt`
}

function contentOf(text: readonly string[]): Buffer {
  return Buffer.from(`${text.join('\n')}\n`)
}
