/**
 * A history of as many files and commits as one likes, in directories that all have ten entries: the
 * same question then has an answer of the same length, however large the repository is.
 */
import type { ImportedCommit } from './fast-import.ts'
import { randomNumbers } from './random-bytes.ts'

export interface NestedSize {
  /** A power of ten. */
  readonly files: number
  readonly commits: number
}

const LINES = 12
const MAX_FILES_CHANGED = 3
const WORDS_PER_LINE = 6
const VOCABULARY = 5_003

/** The first commit brings all files; each further one changes one line of one to three of them. */
export function* nestedHistory(seed: string, { files, commits }: NestedSize): Generator<ImportedCommit> {
  const random = randomNumbers(seed)
  const changes = new Int32Array(files)
  const current = (file: number) => contentOf(file, changes[file] ?? 0)
  yield {
    message: 'the first commit\n',
    files: new Map(Array.from(changes, (_, file) => [nestedPath(file, files), current(file)])),
  }
  for (let commit = 1; commit < commits; commit++) {
    const changed = new Map<string, Buffer>()
    for (let left = 1 + random(MAX_FILES_CHANGED); left > 0; left--) {
      const file = random(files)
      changes[file]! += 1
      changed.set(nestedPath(file, files), current(file))
    }
    yield { message: `change ${commit}\n`, files: changed }
  }
}

/** `dir-1/dir-2/file-3.txt` of file 123 of 1,000. */
export function nestedPath(file: number, files: number): string {
  const digits = String(file)
    .padStart(Math.round(Math.log10(files)), '0')
    .split('')
  return [...digits.slice(0, -1).map((digit) => `dir-${digit}`), `file-${digits.at(-1)}.txt`].join('/')
}

/** The lines take turns in being changed. */
function contentOf(file: number, changes: number): Buffer {
  const lines = Array.from({ length: LINES }, (_, line) => {
    const times = Math.floor((changes + LINES - 1 - line) / LINES)
    return `${words((file * LINES + line) * 31 + times)}\n`
  })
  return Buffer.from(lines.join(''))
}

/** Without a table or state: there are a million lines. */
function words(seed: number): string {
  let state = seed
  const word = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return `w${((state >>> 8) % VOCABULARY).toString(36)}`
  }
  return Array.from({ length: WORDS_PER_LINE }, word).join(' ')
}
