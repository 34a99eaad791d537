/** What a merge of a pull request takes, beside the clone, merge and push that it replaces. */
import { cp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Figure } from '../figure.ts'
import { git } from '../git.ts'
import { topicName } from '../inputs/topics.ts'
import { interleave } from '../measure/interleave.ts'
import { latencyOf } from '../measure/latency.ts'
import { medianOf, seriesOf } from '../measure/series.ts'
import { IN_WORK_TREE, WITHOUT_WORK_TREE } from '../peers/merge-scripts.ts'
import { timeScript } from '../peers/script.ts'
import { startSluice } from '../peers/sluice.ts'
import { maintain } from '../requests/maintain.ts'
import { mergePull, openPulls } from '../requests/pulls.ts'
import { openRestClient } from '../requests/rest-client.ts'
import type { Row, RowParts } from '../row.ts'

const MERGES = { ours: 20, workTree: 3, expert: 10 } as const
const MAX_MS = 10
const MIN_GAIN = 20

export const merge: Row = {
  name: 'merge',
  title: 'A merge of a pull request',
  method: `Repository of 5,000 files and 50,000 commits, or \`BENCH_REPO\`, which the server has looked after; each branch is one commit that changes one to three files, and each merge is a true one, as the target has moved by those before it. The median of ${MERGES.ours} calls of \`POST …/merge\` a round, with a token, from the first byte of the request to the last of the answer: by then the merge is on disk and recorded. Stock git works in a shell script, from the start of the shell to its end, and syncs less: \`git clone\` of the bare repository on the same disk (the cheapest transport: it links the objects), \`git merge --no-ff\`, \`git push\`; below it what one can do who knows git well, \`merge-tree\`, \`commit-tree\` and \`update-ref\`.`,
  async measure(parts) {
    await using sluice = await startSluice(parts.root, join(parts.scratch, 'data'))
    const { directory: source, description } = await parts.inputs.mergedLarge()
    const hosted = await sluice.host('merged', source)
    await maintain(sluice, hosted)
    using client = openRestClient(sluice, hosted)
    const pulls = await openPulls(client, MERGES.ours * (parts.rounds + 1))
    const ms = await interleave(
      {
        ours: async (round) => {
          const { p50 } = await latencyOf(MERGES.ours, (at) =>
            mergePull(client, pulls[round * MERGES.ours + at] ?? 0),
          )
          return p50
        },
        workTree: await inWorkTree(parts, source),
        expert: await withoutWorkTree(parts, source),
      },
      parts,
    )
    await checkMerges(hosted.directory, pulls.length)
    return { figures: figuresOf(ms), note: `Repository: ${description}.` }
  },
}

function figuresOf(ms: Record<'ours' | 'workTree' | 'expert', number[]>): Figure[] {
  const ours = seriesOf(ms.ours)
  const workTree = { name: 'git clone, merge, push', series: seriesOf(ms.workTree) }
  const expert = { name: 'git merge-tree, commit-tree, update-ref', series: seriesOf(ms.expert) }
  return [
    { what: 'merge, p50', unit: 'ms', ours, against: null, goal: { measure: 'value', atMost: MAX_MS } },
    {
      what: 'merge, beside a work tree',
      unit: 'ms',
      ours,
      against: workTree,
      goal: { measure: 'gain', atLeast: MIN_GAIN },
    },
    { what: 'merge, beside three processes', unit: 'ms', ours, against: expert, goal: null },
  ]
}

/** Median of a round; the clone is removed outside of the time. */
async function inWorkTree(
  { scratch }: RowParts,
  source: string,
): Promise<(round: number) => Promise<number>> {
  const repository = join(scratch, 'work-tree.git')
  const clone = join(scratch, 'work-tree')
  await cp(source, repository, { recursive: true })
  return (round) =>
    medianOfTopics(round, MERGES.workTree, async (topic) => {
      const ms = await timeScript(IN_WORK_TREE, [repository, clone, topic])
      await rm(clone, { recursive: true })
      return ms
    })
}

async function withoutWorkTree(
  { scratch }: RowParts,
  source: string,
): Promise<(round: number) => Promise<number>> {
  const repository = join(scratch, 'expert.git')
  await cp(source, repository, { recursive: true })
  return (round) =>
    medianOfTopics(round, MERGES.expert, (topic) => timeScript(WITHOUT_WORK_TREE, [repository, topic]))
}

async function medianOfTopics(
  round: number,
  times: number,
  time: (topic: string) => Promise<number>,
): Promise<number> {
  const ms: number[] = []
  for (let at = 0; at < times; at++) ms.push(await time(topicName(round * times + at)))
  return medianOf(ms)
}

/** @throws Error when the branch has not taken every merge */
async function checkMerges(repository: string, expected: number): Promise<void> {
  const { stdout } = await git(['rev-list', '--count', '--merges', 'main'], { cwd: repository })
  if (Number(stdout) !== expected) throw new Error(`${Number(stdout)} merges of ${expected} are on main`)
}
