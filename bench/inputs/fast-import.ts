/** Makes a bare repository of a history that is described commit by commit. @see git-fast-import(1) */
import { Readable } from 'node:stream'
import { git } from '../git.ts'

export interface ImportedCommit {
  /** Path to new content. */
  readonly files: ReadonlyMap<string, Buffer>
  readonly message: string
}

const START_SECONDS = 1_600_000_000
const SECONDS_BETWEEN = 600
const PERSON = 'Bench <bench@example.invalid>'

/** One branch, `main`, in one pack. */
export async function importHistory(
  directory: string,
  commits: Iterable<ImportedCommit>,
  opts: { compress: boolean },
): Promise<void> {
  await git(['init', '-q', '--bare', '-b', 'main', directory])
  const level = opts.compress ? [] : ['-c', 'core.compression=0']
  const input = Readable.from(streamOf(commits), { objectMode: false })
  await git([...level, 'fast-import', '--quiet', '--force'], { cwd: directory, input })
  if (opts.compress) await git(['gc', '-q'], { cwd: directory })
}

function* streamOf(commits: Iterable<ImportedCommit>): Generator<Buffer> {
  let seconds = START_SECONDS
  for (const { files, message } of commits) {
    const text = Buffer.from(message)
    yield Buffer.from(`commit refs/heads/main\ncommitter ${PERSON} ${seconds} +0000\ndata ${text.length}\n`)
    yield text
    for (const [path, content] of files) {
      yield Buffer.from(`\nM 100644 inline ${path}\ndata ${content.length}\n`)
      yield content
    }
    yield Buffer.from('\n')
    seconds += SECONDS_BETWEEN
  }
  yield Buffer.from('done\n')
}
