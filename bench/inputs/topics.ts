/** Branches that each change a few files of their own, ready to be merged: none is in the way of another. */
import { git } from '../git.ts'
import { randomBytes, randomNumbers } from './random-bytes.ts'

const MAX_FILES_CHANGED = 3
const CONTENT_BYTES = 1_500
const PERSON = 'Bench <bench@example.invalid>'
const START_SECONDS = 1_650_000_000

/** Short name of a branch that `addTopics` made. */
export function topicName(at: number): string {
  return `topic/${at}`
}

/** Each is one commit on top of `main`, which rewrites one to three files. */
export async function addTopics(repository: string, count: number): Promise<void> {
  const { stdout } = await git(['ls-tree', '-r', '-z', '--name-only', 'main'], { cwd: repository })
  const paths = stdout.split('\0').filter((path) => path !== '')
  await git(['fast-import', '--quiet'], { cwd: repository, input: [...topics(paths, count)].join('') })
  await git(['gc', '-q'], { cwd: repository })
}

function* topics(paths: readonly string[], count: number): Generator<string> {
  const random = randomNumbers('topics')
  const left = [...paths]
  for (let at = 0; at < count; at++) {
    yield `commit refs/heads/${topicName(at)}\ncommitter ${PERSON} ${START_SECONDS + at} +0000\n`
    yield 'data 6\ntopic\nfrom refs/heads/main^0\n'
    for (let files = 1 + random(MAX_FILES_CHANGED); files > 0; files--) {
      const [path = ''] = left.splice(random(left.length), 1)
      const content = contentOf(path)
      yield `M 100644 inline ${path}\ndata ${content.length}\n${content}\n`
    }
  }
}

function contentOf(path: string): string {
  const LINE = 76
  const text = randomBytes(`topic/${path}`, CONTENT_BYTES).toString('base64')
  return `${(text.match(new RegExp(`.{1,${LINE}}`, 'g')) ?? []).join('\n')}\n`
}
