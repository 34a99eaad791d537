/**
 * Whatever the histories, the server makes by each strategy what stock git makes in a work tree: the same
 * trees, parents, authors and messages, or the same refusal. MERGE_SEED and MERGE_CASES repeat or lengthen a
 * run.
 */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeMerge, STRATEGIES, type MergeOutcome, type Strategy } from '../../src/git/merging/merge.ts'
import { Mergeability } from '../../src/git/merging/mergeability.ts'
import type { Oid } from '../../src/kernel/ids.ts'
import { Dice } from '../support/dice.ts'
import { mergeBench, workTreeOf, type MergeBench, type WorkTree } from '../support/merge-bench.ts'
import { randomHistories, type Ends } from '../support/random-histories.ts'

const SEED = Number(process.env['MERGE_SEED'] ?? 20_261_121)
const CASES = Number(process.env['MERGE_CASES'] ?? 60)
const MAX = { name: 'Max', email: 'max@example.org' }
const MESSAGE = 'land it\n\nwith a body\n'

let bench: MergeBench
let workTree: WorkTree
let cases: readonly Ends[]
beforeAll(async () => {
  bench = await mergeBench()
  workTree = await workTreeOf(bench.repo)
  cases = await randomHistories(new Dice(SEED), CASES, bench.repo.path)
})
afterAll(async () => {
  await workTree[Symbol.asyncDispose]()
  await bench[Symbol.asyncDispose]()
})

/** What a reader of the new history sees of it: kinds of refusal, or commits, oldest first. */
type Seen = string | readonly string[]

async function ours(strategy: Strategy, { target, source }: Ends): Promise<[Seen, MergeOutcome]> {
  await using quarantine = bench.store.store.openQuarantine(bench.repo)
  const outcome = await makeMerge(bench.parts, quarantine, {
    repo: bench.repo,
    target,
    source,
    strategy,
    message: MESSAGE,
    committer: MAX,
    seconds: 1_800_000_000,
  })
  if (outcome.kind !== 'made') return [outcome.kind, outcome]
  await quarantine.migrate()
  return [commitsOf(target, outcome.oid), outcome]
}

function stock(strategy: Strategy, { target, source }: Ends): Seen {
  const isIn = (a: Oid, b: Oid) => workTree.run(['merge-base', '--is-ancestor', a, b]).code === 0
  if (workTree.run(['merge-base', target, source]).code !== 0) return 'unrelated'
  if (isIn(source, target)) return 'contained'
  startAt(strategy === 'rebase' ? source : target)
  if (strategy === 'fast_forward') {
    const { code } = workTree.run(['merge', '-q', '--ff-only', source])
    return code === 0 ? commitsOf(target, head()) : 'not-fast-forward'
  }
  const { code } = workTree.run(COMMAND[strategy](target, source))
  if (code !== 0) return 'conflicts'
  if (strategy === 'squash' && workTree.run(['commit', '-q', '-m', MESSAGE]).code !== 0) return 'nothing'
  return head() === target ? 'nothing' : commitsOf(target, head())
}

const COMMAND: Record<Exclude<Strategy, 'fast_forward'>, (target: Oid, source: Oid) => string[]> = {
  merge: (_target, source) => ['merge', '-q', '--no-ff', '-m', MESSAGE, source],
  squash: (_target, source) => ['merge', '-q', '--squash', source],
  rebase: (target) => ['rebase', '-q', target],
}

/** Whatever the run before has left. */
function startAt(oid: Oid): void {
  workTree.run(['rebase', '--quit'])
  workTree.ok(['checkout', '-q', '-f', '--detach', oid])
  workTree.ok(['clean', '-ffdxq'])
}

function head(): Oid {
  return workTree.ok(['rev-parse', 'HEAD']) as Oid
}

const SHOW = ['log', '-z', '--reverse', '--topo-order', '--format=%T %an <%ae> %ad %cn%n%B', '--date=raw']

/** A merge or squash commit is of this moment; what it is by is told by the committer. */
function commitsOf(target: Oid, tip: Oid): readonly string[] {
  const shown = workTree.ok([...SHOW, `${target}..${tip}`]).split('\0')
  return shown.map((commit) => withoutCoAuthors(commit.replace(/(Max <[^>]*>) \d+ \+0000/, '$1')))
}

/** git has no such habit. */
function withoutCoAuthors(commit: string): string {
  return commit.replace(/\n+(?:Co-authored-by: .*\n?)+$/, '\n').trimEnd()
}

test.each(STRATEGIES)(
  'random histories: %s makes what stock git makes',
  { timeout: 180_000 },
  async (strategy) => {
    const seen = new Map<string, number>()
    for (const [i, ends] of cases.entries()) {
      const [mine, outcome] = await ours(strategy, ends)
      expect(mine, `MERGE_SEED=${SEED} case ${i} ${ends.target} ${ends.source}`).toEqual(
        stock(strategy, ends),
      )
      seen.set(outcome.kind, (seen.get(outcome.kind) ?? 0) + 1)
    }
    expect(seen.get('made')).toBeGreaterThan(CASES / 12)
  },
)

test(
  'random histories: a strategy is offered exactly where it makes something',
  { timeout: 180_000 },
  async () => {
    const mergeability = new Mergeability(bench.parts)
    for (const [i, ends] of cases.entries()) {
      const { strategies } = await mergeability.of(bench.repo, ends.target, ends.source)
      const can = await Promise.all(
        STRATEGIES.map(async (strategy) => {
          const [, { kind }] = await ours(strategy, ends)
          return [strategy, kind === 'made' || kind === 'contained'] as const
        }),
      )
      expect(strategies, `MERGE_SEED=${SEED} case ${i}`).toEqual(Object.fromEntries(can))
    }
  },
)
