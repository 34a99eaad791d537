/** A commit by REST, beside what git's plumbing needs for the same one. */
import { cp, mkdir, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Figure } from '../figure.ts'
import { interleave, type Side } from '../measure/interleave.ts'
import { latencyOf, summarize, type Latency } from '../measure/latency.ts'
import { seriesOf } from '../measure/series.ts'
import { COMMIT_SCRIPT } from '../peers/commit-script.ts'
import { timeScript } from '../peers/script.ts'
import { startSluice } from '../peers/sluice.ts'
import { commitFiles, newFiles, type NewFile } from '../requests/commit-request.ts'
import { openRestClient, type RestClient } from '../requests/rest-client.ts'
import type { Row, RowParts } from '../row.ts'

const SIZES = [
  { files: 1, maxMs: 5 },
  { files: 100, maxMs: 20 },
] as const
const COMMITS = { ours: 100, peer: 30 } as const
/** What Sluice does always: everything a commit brought is on disk before it is acknowledged. */
const DURABLE = ['core.fsync=committed']
const COMMANDS = 'git hash-object, update-index, write-tree, commit-tree, update-ref'

type Sides = Record<'ours' | 'plain' | 'durable', Latency[]>

export const commit: Row = {
  name: 'commit',
  title: 'A commit without a clone',
  method: `\`POST …/commits\` of files of 2 KiB onto the main branch of a repository of 2,000 commits, 400 files and 50 branches, with a token, over one kept connection; from the first byte of the request to the last of the answer, ${COMMITS.ours} a round. Git does the same with its plumbing in the bare repository, without a clone: a shell script of seven commands, from the start of the shell to its end, ${COMMITS.peer} a round; the files lie on its disk before. Stock git acknowledges before anything is synced; the lines of the same durability have git told to be as careful as Sluice always is. p99 is of one round.`,
  async measure(parts) {
    await using sluice = await startSluice(parts.root, join(parts.scratch, 'data'))
    const source = await parts.inputs.pushed()
    const figures: Figure[] = []
    for (const { files, maxMs } of SIZES) {
      const name = `commit-${files}`
      parts.progress(`${files} a commit`)
      using client = openRestClient(sluice, await sluice.host(name, source))
      const sides = await interleave(
        {
          ours: (round) => commitByRest(client, `${name}/${round}`, files),
          plain: await plumbing(parts, { source, name: `${name}-plain`, files, config: [] }),
          durable: await plumbing(parts, { source, name: `${name}-durable`, files, config: DURABLE }),
        },
        parts,
      )
      figures.push(...figuresOf(files === 1 ? '1 file' : `${files} files`, sides, maxMs))
    }
    return { figures }
  },
}

function figuresOf(what: string, sides: Sides, maxMs: number): Figure[] {
  const compare = (side: 'plain' | 'durable', of: (latency: Latency) => number) => ({
    unit: 'ms' as const,
    ours: seriesOf(sides.ours.map(of)),
    against: {
      name: side === 'plain' ? COMMANDS : `the same, ${DURABLE.join()}`,
      series: seriesOf(sides[side].map(of)),
    },
  })
  const [p50, p99] = [(latency: Latency) => latency.p50, (latency: Latency) => latency.p99]
  return [
    { what: `${what}, p50`, ...compare('plain', p50), goal: { measure: 'value', atMost: maxMs } },
    { what: `${what}, p50, same durability`, ...compare('durable', p50), goal: null },
    { what: `${what}, p99`, ...compare('plain', p99), goal: null },
    { what: `${what}, p99, same durability`, ...compare('durable', p99), goal: null },
  ]
}

function commitByRest(client: RestClient, seed: string, files: number): Promise<Latency> {
  const commits = Array.from({ length: COMMITS.ours }, (_, at) => newFiles(`${seed}/${at}`, files))
  return latencyOf(commits.length, (at) => commitFiles(client, commits[at] ?? []))
}

interface Plumbing {
  readonly source: string
  readonly name: string
  readonly files: number
  readonly config: readonly string[]
}

/** In a copy of the repository of its own. */
async function plumbing(
  { scratch }: RowParts,
  { source, name, files, config }: Plumbing,
): Promise<Side<Latency>> {
  const repository = join(scratch, `${name}.git`)
  await cp(source, repository, { recursive: true })
  const directory = join(scratch, name)
  const [list, index] = [join(scratch, `${name}.list`), join(scratch, `${name}.index`)]
  return async (round) => {
    const ms: number[] = []
    for (let at = 0; at < COMMITS.peer; at++) {
      await layOut(directory, list, newFiles(`${name}/${round}/${at}`, files))
      ms.push(await timeScript({ ...COMMIT_SCRIPT, config }, [repository, directory, list, index]))
      await rm(index)
    }
    return summarize(ms)
  }
}

async function layOut(directory: string, list: string, files: readonly NewFile[]): Promise<void> {
  for (const { path, content } of files) {
    await mkdir(dirname(join(directory, path)), { recursive: true })
    await writeFile(join(directory, path), content)
  }
  await writeFile(list, files.map(({ path }) => `${path}\n`).join(''))
}
