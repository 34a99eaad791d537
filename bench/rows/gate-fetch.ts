/** What a gate adds to a fetch that finds nothing new: its upstream is asked each time. */
import { join } from 'node:path'
import type { Figure } from '../figure.ts'
import { git } from '../git.ts'
import { latencyOf } from '../measure/latency.ts'
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

const FETCHES_PER_ROUND = 15
const BRANCHES = 50
const MAX_ADDED_MS = 15

export const gateFetch: Row = {
  name: 'gate-fetch',
  title: 'A fetch through a gate that finds nothing new',
  method: `Time of \`git fetch\` from its start to its end, ${BRANCHES} branches, each round the median of ${FETCHES_PER_ROUND}: through a gate, which asks its upstream every time, and straight from the same repository of the same forge on loopback, with the same client. The forge is git's own http-backend behind TLS, or a real sshd.`,
  async measure(parts) {
    await using sluice = await startSluice(parts.root, join(parts.scratch, 'data'), GATE_SETTINGS)
    const figures: Figure[] = []
    for (const open of [openHttpsForge, openSshForge]) {
      await using forge = await open(parts.scratch)
      parts.progress(forge.name)
      figures.push(await measureForge(parts, sluice, forge))
    }
    return { figures }
  },
}

async function measureForge(parts: RowParts, sluice: Sluice, forge: Forge): Promise<Figure> {
  const url = await forge.create(`bench/fetched-${forge.name}`)
  const source = await parts.inputs.small({ branches: BRANCHES })
  const settings = forge.config.flatMap((line) => ['-c', line])
  await git([...settings, 'push', '-q', '--mirror', url], { cwd: source })
  const gate = await openGate(sluice, forge, { name: `fetched-${forge.name}`, url })
  return await measureThroughGate(parts, forge, 'fetch', {
    ours: await fetches(join(parts.scratch, `gated-${forge.name}`), gate.cloneUrl, []),
    straight: await fetches(join(parts.scratch, `straight-${forge.name}`), url, settings),
    maxAddedMs: MAX_ADDED_MS,
  })
}

/** @returns measures one round in a clone of its own */
async function fetches(
  dir: string,
  url: string,
  settings: readonly string[],
): Promise<() => Promise<number>> {
  await git([...settings, 'clone', '-q', '--bare', url, dir])
  const fetch = [...settings, 'fetch', '-q', url, '+refs/heads/*:refs/heads/*']
  return async () => (await latencyOf(FETCHES_PER_ROUND, () => git(fetch, { cwd: dir }))).p50
}
