/** What the secret scan costs a push whose files it has seen before. */
import { randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Figure } from '../figure.ts'
import { git, gitBytes } from '../git.ts'
import { interleave } from '../measure/interleave.ts'
import { medianOf, seriesOf } from '../measure/series.ts'
import { openScanPolicy, type ScanPolicy } from '../peers/scan-policy.ts'
import type { Row } from '../row.ts'

const FILES = 20
const FILE_BYTES = 4_096
const PUSHES_PER_ROUND = 15
const MAX_AGAIN_MS = 1

interface Push {
  readonly tip: string
  readonly pack: Buffer
}

export const scanAgain: Row = {
  name: 'scan-again',
  title: 'Scan of what was scanned before',
  method: `The scan of the server in one process, with its SQLite database and a real quarantine, without HTTP: pushes of ${FILES} files of ${FILE_BYTES / 1024} KiB into an empty repository, the median of ${PUSHES_PER_ROUND} a round. First: nobody has pushed these files. Again: the same push into another repository. What new content costs by its size is another row.`,
  async measure(parts) {
    await using policy = await openScanPolicy(parts.root, join(parts.scratch, 'data'))
    const dir = join(parts.scratch, 'work')
    await git(['init', '-q', '-b', 'main', dir])
    await git(['commit', '-q', '--allow-empty', '-m', 'amended by each push'], { cwd: dir })
    const took = await interleave(
      { first: () => medianScan(policy, dir, 'first'), again: () => medianScan(policy, dir, 'again') },
      parts,
    )
    return { figures: [figure(took.again, took.first)] }
  },
}

function figure(again: readonly number[], first: readonly number[]): Figure {
  return {
    what: 'scan of the second push',
    unit: 'ms',
    ours: seriesOf(again),
    against: { name: 'of the first', series: seriesOf(first) },
    goal: { measure: 'value', atMost: MAX_AGAIN_MS },
  }
}

async function medianScan(policy: ScanPolicy, dir: string, which: 'first' | 'again'): Promise<number> {
  const took: number[] = []
  for (let at = 0; at < PUSHES_PER_ROUND; at++) {
    const { pack, tip } = await newPush(dir)
    const first = await policy.scan(pack, tip)
    took.push(which === 'first' ? first : await policy.scan(pack, tip))
  }
  return medianOf(took)
}

/** All of it is new, and no word in it is a secret's. */
async function newPush(dir: string): Promise<Push> {
  for (let at = 0; at < FILES; at++) await writeFile(join(dir, `${at}.txt`), words(FILE_BYTES))
  await git(['add', '.'], { cwd: dir })
  await git(['commit', '-q', '--amend', '-m', 'files'], { cwd: dir })
  const tip = (await git(['rev-parse', 'HEAD'], { cwd: dir })).stdout.trim()
  const pack = ['pack-objects', '--revs', '--stdout', '-q']
  return { tip, pack: (await gitBytes(pack, { cwd: dir, input: `${tip}\n` })).stdout }
}

function words(bytes: number): string {
  const text = Array.from(randomBytes(bytes / 4), (byte) => `w${byte.toString(8)}`)
  return `${text.join(' ').slice(0, bytes)}\n`
}
