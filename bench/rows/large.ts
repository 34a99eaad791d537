/** Whether reading stays as fast when the repository is a thousand times larger. */
import { join } from 'node:path'
import type { Figure } from '../figure.ts'
import { git } from '../git.ts'
import { nestedPath, type NestedSize } from '../inputs/nested-history.ts'
import { randomNumbers } from '../inputs/random-bytes.ts'
import { interleave } from '../measure/interleave.ts'
import { latencyOf } from '../measure/latency.ts'
import { seriesOf } from '../measure/series.ts'
import { startSluice, type Sluice } from '../peers/sluice.ts'
import { openRestClient, type RestClient } from '../requests/rest-client.ts'
import type { Row, RowParts } from '../row.ts'

const LARGE: NestedSize = { files: 100_000, commits: 50_000 }
const SMALL: NestedSize = { files: 100, commits: 50 }
const REQUESTS = 20
const WARM_UP_REQUESTS = 200
const MAX_RATIO = 10

/** What one request asks for; the next one asks for something else. */
interface Target {
  readonly file: string
  /** Of the file. */
  readonly directory: string
  /** Neither the first nor the last commit. */
  readonly commit: string
  readonly parent: string
}

interface Question {
  readonly what: string
  readonly path: (target: Target) => string
}

const QUESTIONS: readonly Question[] = [
  { what: 'root tree', path: () => '/tree/main' },
  { what: 'a directory', path: ({ directory }) => `/tree/main/${directory}` },
  { what: 'root tree with last commits', path: () => '/tree/main?lastCommit=true' },
  {
    what: 'a directory with last commits',
    path: ({ directory }) => `/tree/main/${directory}?lastCommit=true`,
  },
  { what: 'a directory of an old commit', path: ({ commit, directory }) => `/tree/${commit}/${directory}` },
  { what: 'blob', path: ({ file }) => `/blob/main/${file}` },
  { what: 'raw', path: ({ file }) => `/raw/main/${file}` },
  { what: 'commits, first page', path: () => '/commits' },
  { what: 'commits before an old one', path: ({ commit }) => `/commits?ref=${commit}` },
  { what: 'commits of a directory', path: ({ directory }) => `/commits?path=${directory}` },
  { what: 'commits of a file', path: ({ file }) => `/commits?path=${file}` },
  { what: 'one commit', path: ({ commit }) => `/commits/${commit}` },
  { what: 'diff of a commit', path: ({ commit }) => `/commits/${commit}/diff` },
  { what: 'compare of neighbours', path: ({ parent, commit }) => `/compare/${parent}...${commit}` },
  { what: 'branches', path: () => '/branches' },
  { what: 'one branch', path: () => '/branches/topic-7' },
  { what: 'tags', path: () => '/tags' },
]

/** One repository, and what may be asked about it. */
interface Subject {
  readonly client: RestClient
  readonly size: NestedSize
  /** Newest first. */
  readonly commits: readonly string[]
}

export const large: Row = {
  name: 'large',
  title: 'Reading a large repository',
  method: `${describe(LARGE)}, beside ${describe(SMALL)} on the same server; all directories have ten entries, so that answers to the same question are equally long. One connection with a token, ${REQUESTS} requests a round, each for another file, directory or commit, drawn from a fixed seed; medians of a round. What is asked of the small one it has been asked before, and of the large one mostly not. Left out are the routes that read everything by what they are: archives, searches, recursive trees.`,
  async measure(parts) {
    await using sluice = await startSluice(parts.root, join(parts.scratch, 'data'))
    using ours = await openSubject(parts, sluice, LARGE)
    using other = await openSubject(parts, sluice, SMALL)
    const figures: Figure[] = []
    for (const question of QUESTIONS) {
      parts.progress(question.what)
      figures.push(await compare(parts, question, ours, other))
    }
    return { figures }
  },
}

function describe({ files, commits }: NestedSize): string {
  return `${files.toLocaleString('en')} files and ${commits.toLocaleString('en')} commits`
}

async function openSubject(parts: RowParts, sluice: Sluice, size: NestedSize): Promise<Subject & Disposable> {
  const source = await parts.inputs.nested(size)
  const client = openRestClient(sluice, await sluice.host(`nested-${size.files}`, source))
  const { stdout } = await git(['rev-list', 'main'], { cwd: source })
  return {
    client,
    size,
    commits: stdout.trim().split('\n'),
    [Symbol.dispose]: () => client[Symbol.dispose](),
  }
}

async function compare(
  parts: RowParts,
  { what, path }: Question,
  ours: Subject,
  other: Subject,
): Promise<Figure> {
  const ask = async ({ client, ...subject }: Subject, requests: number, seed: string) => {
    const targets = targetsOf(subject, requests, `${what}/${seed}`)
    const { p50 } = await latencyOf(requests, (at) => client.get(path(targets[at] as Target)))
    return p50
  }
  await ask(other, WARM_UP_REQUESTS, 'warm')
  const ms = await interleave(
    {
      ours: (round) => ask(ours, REQUESTS, String(round)),
      other: (round) => ask(other, REQUESTS, String(round)),
    },
    parts,
  )
  return {
    what,
    unit: 'ms',
    ours: seriesOf(ms.ours),
    against: { name: describe(SMALL), series: seriesOf(ms.other) },
    goal: { measure: 'ratio', atMost: MAX_RATIO },
  }
}

function targetsOf({ size, commits }: Omit<Subject, 'client'>, count: number, seed: string): Target[] {
  const random = randomNumbers(seed)
  return Array.from({ length: count }, () => {
    const file = nestedPath(random(size.files), size.files)
    const at = random(commits.length - 2)
    return {
      file,
      directory: file.slice(0, file.lastIndexOf('/')),
      commit: commits[at] ?? '',
      parent: commits[at + 1] ?? '',
    }
  })
}
