/**
 * What the server says of a merge is what `git merge` does in a work tree, for trees that changed in every way
 * on both sides. MERGE_SEED and MERGE_PAIRS repeat or lengthen a run.
 */
import { spawn } from 'node:child_process'
import { expect, test } from 'vitest'
import { Mergeability } from '../../src/git/merging/mergeability.ts'
import type { Oid } from '../../src/kernel/ids.ts'
import { mergeBench, workTreeOf, STOCK, type MergeBench, type WorkTree } from '../support/merge-bench.ts'
import { randomMerges } from '../support/random-merges.ts'

const SEED = Number(process.env['MERGE_SEED'] ?? 20_261_120)
const PAIRS = Number(process.env['MERGE_PAIRS'] ?? 520)
const BASES = 40

interface Pair {
  readonly target: Oid
  readonly source: Oid
}

async function randomPairs(bench: MergeBench): Promise<readonly Pair[]> {
  const merges = await randomMerges(bench, { seed: SEED, pairs: PAIRS, bases: BASES })
  return merges.map(({ ours, theirs }) => ({ target: ours, source: theirs }))
}

/**
 * One shell for all pairs, because starting git from here costs more than merging. git 2.39 aborts at some
 * conflicts, in what it does to the index, and leaves its lock.
 */
const MERGE_EACH = `
while read -r target source; do
  git checkout -q -f --detach "$target" || exit 1
  if git merge -q --no-ff -m merge "$source" >/dev/null 2>&1
  then echo clean
  else echo conflicting; rm -f .git/index.lock; git reset -q --hard; fi
  git clean -ffdxq || exit 1
done`

function stockAnswers(workTree: WorkTree, pairs: readonly Pair[]): Promise<readonly string[]> {
  const env = { PATH: process.env['PATH'] ?? '', ...STOCK }
  const shell = spawn('sh', ['-c', MERGE_EACH], {
    cwd: workTree.path,
    env,
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  shell.stdin.end(pairs.map(({ target, source }) => `${target} ${source}\n`).join(''))
  const chunks: Buffer[] = []
  shell.stdout.on('data', (chunk: Buffer) => chunks.push(chunk))
  return new Promise((resolve, reject) => {
    shell.on('close', (code) => {
      if (code === 0) resolve(Buffer.concat(chunks).toString().trim().split('\n'))
      else reject(new Error(`the shell of stock git ended with ${code}`))
    })
  })
}

async function answers({ parts, repo }: MergeBench, pairs: readonly Pair[]): Promise<readonly string[]> {
  const mergeability = new Mergeability(parts)
  const given: string[] = []
  for (const { target, source } of pairs)
    given.push((await mergeability.of(repo, target, source)).mergeability)
  return given
}

test('mergeability of random pairs is what git merge does in a work tree', { timeout: 180_000 }, async () => {
  await using bench = await mergeBench()
  await using workTree = await workTreeOf(bench.repo)
  const pairs = await randomPairs(bench)
  const [theirs, ours] = await Promise.all([stockAnswers(workTree, pairs), answers(bench, pairs)])
  const differing = pairs.filter((_, i) => ours[i] !== theirs[i])
  expect(differing, `MERGE_SEED=${SEED}`).toEqual([])
  const conflicting = ours.filter((answer) => answer === 'conflicting').length
  expect(conflicting).toBeGreaterThan(PAIRS / 10)
  expect(conflicting).toBeLessThan((PAIRS * 9) / 10)
})
