/** What a gate adds to a push that goes to its upstream anyway. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Figure } from '../figure.ts'
import { git } from '../git.ts'
import { medianOf } from '../measure/series.ts'
import {
  GATE_SETTINGS,
  measureThroughGate,
  openGate,
  openHttpsForge,
  openSshForge,
  type Forge,
} from '../peers/forge.ts'
import { startSluice, type Sluice } from '../peers/sluice.ts'
import type { Row, RowParts } from '../row.ts'

const PUSHES_PER_ROUND = 15
const MAX_ADDED_MS = 30
const GIVEN = { message: 'commit\n', file: 'file.txt' }

export const gatePush: Row = {
  name: 'gate-push',
  title: 'A push through a gate',
  method: `Time of \`git push\` of one commit, from its start to its end, each round the median of ${PUSHES_PER_ROUND} pushes: through a gate, which asks its upstream what is there, scans, forwards and records, and straight to the same forge on loopback, with the same client. The forge is git's own http-backend behind TLS, or a real sshd.`,
  async measure(parts) {
    await using sluice = await startSluice(parts.root, `${parts.scratch}/data`, GATE_SETTINGS)
    const figures: Figure[] = []
    for (const open of [openHttpsForge, openSshForge]) {
      await using forge = await open(parts.scratch)
      figures.push(await measureForge(parts, sluice, forge))
    }
    return { figures }
  },
}

async function measureForge(parts: RowParts, sluice: Sluice, forge: Forge): Promise<Figure> {
  const name = `gate-${forge.name}`
  const gate = await openGate(sluice, forge, { name, url: await forge.create(`bench/${name}`) })
  const straight = await forge.create('bench/straight')
  return await measureThroughGate(parts, forge, 'push', {
    ours: await pushes(join(parts.scratch, `gated-${forge.name}`), gate.cloneUrl, []),
    straight: await pushes(join(parts.scratch, `straight-${forge.name}`), straight, forge.config),
    maxAddedMs: MAX_ADDED_MS,
  })
}

/** A work tree of its own; the first push makes the branch. */
async function pushes(
  dir: string,
  url: string,
  config: readonly string[],
): Promise<(round: number) => Promise<number>> {
  await git(['init', '-q', '-b', 'main', dir])
  const push = ['push', '-q', url, 'main']
  const settings = config.flatMap((line) => ['-c', line])
  await commit(dir, 'first')
  await git([...settings, ...push], { cwd: dir })
  return async (round) => {
    const times: number[] = []
    for (let at = 0; at < PUSHES_PER_ROUND; at++) {
      await commit(dir, `${round} ${at}`)
      const begin = performance.now()
      await git([...settings, ...push], { cwd: dir })
      times.push(performance.now() - begin)
    }
    return medianOf(times)
  }
}

async function commit(dir: string, content: string): Promise<void> {
  await writeFile(join(dir, GIVEN.file), `${content}\n`)
  await git(['add', GIVEN.file], { cwd: dir })
  await git(['commit', '-q', '-m', GIVEN.message], { cwd: dir })
}
