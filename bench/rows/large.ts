/** Whether reading stays as fast when the repository is five hundred times larger. */
import { join } from 'node:path'
import type { Figure } from '../figure.ts'
import { git } from '../git.ts'
import { drawDistinct } from '../inputs/distinct.ts'
import { nestedPath, type NestedSize } from '../inputs/nested-history.ts'
import { randomNumbers } from '../inputs/random-bytes.ts'
import { interleave } from '../measure/interleave.ts'
import { latencyOf } from '../measure/latency.ts'
import { seriesOf } from '../measure/series.ts'
import type { HostedRepository } from '../peers/git-server.ts'
import { startSluice, type Sluice } from '../peers/sluice.ts'
import { counted, maintain } from '../requests/maintain.ts'
import { openRestClient, parseAnswer, type RestClient } from '../requests/rest-client.ts'
import type { Row, RowParts } from '../row.ts'

const LARGE: NestedSize = { files: 100_000, commits: 50_000 }
const SMALL: NestedSize = { files: 100, commits: 100 }
/** The small one has enough commits and files for all rounds. */
const REQUESTS = 15
const WARM_UP_TARGETS = 90
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
  /** The answer may leave out what took too long to find. */
  readonly mayBePartial?: boolean
  /** The time of the second answer to each request counts. */
  readonly again?: boolean
}

const QUESTIONS: readonly Question[] = [
  { what: 'root tree', path: () => '/tree/main' },
  { what: 'a directory', path: ({ directory }) => `/tree/main/${directory}` },
  {
    what: 'root tree with last commits',
    path: () => '/tree/main?lastCommit=true',
    mayBePartial: true,
  },
  {
    what: 'a directory with last commits',
    path: ({ directory }) => `/tree/main/${directory}?lastCommit=true`,
    mayBePartial: true,
  },
  { what: 'a directory of an old commit', path: ({ commit, directory }) => `/tree/${commit}/${directory}` },
  { what: 'blob', path: ({ file }) => `/blob/main/${file}` },
  { what: 'raw', path: ({ file }) => `/raw/main/${file}` },
  { what: 'commits, first page', path: () => '/commits' },
  { what: 'commits before an old one', path: ({ commit }) => `/commits?ref=${commit}` },
  { what: 'commits of a directory', path: ({ directory }) => `/commits?path=${directory}` },
  { what: 'commits of a file', path: ({ file }) => `/commits?path=${file}` },
  {
    what: 'commits of a file, asked again',
    path: ({ file }) => `/commits?path=${file}`,
    again: true,
  },
  { what: 'one commit', path: ({ commit }) => `/commits/${commit}` },
  { what: 'diff of a commit', path: ({ commit }) => `/commits/${commit}/diff` },
  { what: 'compare of neighbours', path: ({ parent, commit }) => `/compare/${parent}...${commit}` },
  { what: 'branches', path: () => '/branches' },
  { what: 'one branch', path: () => '/branches/topic-7' },
  { what: 'tags', path: () => '/tags' },
]

/** One repository, and what may be asked about it. */
interface Subject extends Disposable {
  readonly client: RestClient
  readonly hosted: HostedRepository
  readonly size: NestedSize
  /** Newest first. */
  readonly commits: readonly string[]
}

interface Round {
  /** Milliseconds. */
  readonly p50: number
  readonly partial: number
}

export const large: Row = {
  name: 'large',
  title: 'Reading a large repository',
  method: `${describe(LARGE)}, beside ${describe(SMALL)} on the same server; all directories have ten entries, so that answers to the same question are equally long. One connection with a token, ${REQUESTS} requests a round, each for another file or commit, and none twice by the same question; medians of a round. The server has answered the same questions about a third repository, so that it is warm, but what is kept in memory is of neither; it has looked after both, and has read the history of the large one once for the last commits of its entries, as the first question for them makes it do. Left out are the routes that read everything by what they are: archives, searches, recursive trees.`,
  async measure(parts) {
    await using sluice = await startSluice(parts.root, join(parts.scratch, 'data'))
    using warming = await openSubject(parts, sluice, 'warming', SMALL)
    using ours = await openSubject(parts, sluice, 'large', LARGE)
    using other = await openSubject(parts, sluice, 'small', SMALL)
    await prepare(parts, sluice, [ours, other])
    const figures: Figure[] = []
    for (const question of QUESTIONS) {
      parts.progress(question.what)
      const targets = targetsOf(warming, WARM_UP_TARGETS, question.what)
      for (const target of [...targets, ...targets]) await warming.client.get(question.path(target))
      figures.push(...(await compare(parts, question, ours, other)))
    }
    return { figures }
  },
}

function describe({ files, commits }: NestedSize): string {
  return `${files.toLocaleString('en')} files and ${commits.toLocaleString('en')} commits`
}

/** The index of last commits is made because this question takes long. */
async function prepare(parts: RowParts, sluice: Sluice, subjects: readonly Subject[]): Promise<void> {
  parts.progress('maintenance')
  for (const { hosted } of subjects) await maintain(sluice, hosted)
  await subjects[0]?.client.get(`/tree/main/${deepest(LARGE)}?lastCommit=true`)
  await counted(sluice, 'sluice_last_commit_builds_total', 1)
}

/** One that was touched long ago, most likely. */
function deepest({ files }: NestedSize): string {
  const path = nestedPath(0, files)
  return path.slice(0, path.lastIndexOf('/'))
}

async function openSubject(
  parts: RowParts,
  sluice: Sluice,
  name: string,
  size: NestedSize,
): Promise<Subject> {
  const source = await parts.inputs.nested(size)
  const hosted = await sluice.host(name, source)
  const client = openRestClient(sluice, hosted)
  const { stdout } = await git(['rev-list', 'main'], { cwd: source })
  return {
    client,
    hosted,
    size,
    commits: stdout.trim().split('\n'),
    [Symbol.dispose]: () => client[Symbol.dispose](),
  }
}

async function compare(
  parts: RowParts,
  question: Question,
  ours: Subject,
  other: Subject,
): Promise<Figure[]> {
  const asking = (subject: Subject) => {
    const targets = targetsOf(subject, REQUESTS * (parts.rounds + 1), question.what)
    return (round: number) =>
      askRound(subject, question, targets.slice(round * REQUESTS, (round + 1) * REQUESTS))
  }
  const rounds = await interleave({ ours: asking(ours), other: asking(other) }, parts)
  const { what, mayBePartial } = question
  const time: Figure = {
    what,
    unit: 'ms',
    ours: seriesOf(rounds.ours.map(({ p50 }) => p50)),
    against: { name: describe(SMALL), series: seriesOf(rounds.other.map(({ p50 }) => p50)) },
    goal: { measure: 'ratio', atMost: MAX_RATIO },
  }
  if (!mayBePartial) return [time]
  const partial: Figure = {
    what: `${what}: answers that lack one, of ${REQUESTS}`,
    unit: '',
    ours: seriesOf(rounds.ours.map(({ partial }) => partial)),
    against: null,
    goal: { measure: 'value', atMost: 0 },
  }
  return [time, partial]
}

async function askRound(
  { client }: Subject,
  { path, mayBePartial = false, again = false }: Question,
  targets: readonly Target[],
): Promise<Round> {
  if (again) for (const target of targets) await client.get(path(target))
  let partial = 0
  const { p50 } = await latencyOf(targets.length, async (at) => {
    const answer = await client.get(path(targets[at] as Target))
    if (mayBePartial && lacksCommit(answer)) partial++
  })
  return { p50, partial }
}

/** An entry whose last commit was not found in time. */
function lacksCommit(answer: Buffer): boolean {
  const entries = parseAnswer<{ lastCommit?: { sha: string } | null }[]>(answer)
  return entries.length === 0 || entries.some(({ lastCommit }) => !lastCommit)
}

/** As many, each of another file and another commit; the same for the same seed. */
function targetsOf({ size, commits }: Subject, count: number, seed: string): Target[] {
  const random = randomNumbers(seed)
  const files = drawDistinct(size.files, count, random)
  const places = drawDistinct(commits.length - 2, count, random)
  return files.map((file, nth) => {
    const path = nestedPath(file, size.files)
    const at = places[nth] ?? 0
    return {
      file: path,
      directory: path.slice(0, path.lastIndexOf('/')),
      commit: commits[at] ?? '',
      parent: commits[at + 1] ?? '',
    }
  })
}
