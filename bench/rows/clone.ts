/** The first clone of a repository that the server has not seen before. */
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { git } from '../git.ts'
import { interleave } from '../measure/interleave.ts'
import { seriesOf } from '../measure/series.ts'
import type { GitServer } from '../peers/git-server.ts'
import { startHttpBackend } from '../peers/nginx-http-backend.ts'
import { startSluice } from '../peers/sluice.ts'
import type { Row, RowParts } from '../row.ts'

const MAX_RATIO = 1

interface CloneCost {
  readonly wallSeconds: number
  readonly cpuMs: number
}

export const clone: Row = {
  name: 'clone',
  title: 'A full clone, cold',
  method:
    '`git clone --bare` by a stock client, each time of a fresh copy of the repository that neither server has touched; the page cache is warm on both sides. The client is part of the wall time.',
  async measure(parts) {
    await using sluice = await startSluice(parts.root, `${parts.scratch}/data`)
    await using peer = await startHttpBackend(parts.scratch)
    const { directory, description } = await parts.inputs.medium()
    const costs = await interleave(
      {
        ours: (round) => cloneCold(parts, sluice, directory, `ours-${round}`),
        peer: (round) => cloneCold(parts, peer, directory, `peer-${round}`),
      },
      parts,
    )
    const compare = (of: (cost: CloneCost) => number) => ({
      ours: seriesOf(costs.ours.map(of)),
      against: { name: peer.name, series: seriesOf(costs.peer.map(of)) },
    })
    return {
      note: `Repository: ${description}.`,
      figures: [
        {
          what: 'wall time',
          unit: 's',
          ...compare((cost) => cost.wallSeconds),
          goal: { measure: 'ratio', atMost: MAX_RATIO },
        },
        { what: 'server CPU', unit: 'ms', ...compare((cost) => cost.cpuMs), goal: null },
      ],
    }
  },
}

async function cloneCold(
  { scratch }: RowParts,
  server: GitServer,
  source: string,
  name: string,
): Promise<CloneCost> {
  const { cloneUrl, directory } = await server.host(name, source)
  const target = join(scratch, `clone-${name}.git`)
  const cpuBefore = server.cpu.readMs()
  const begin = performance.now()
  await git(['clone', '-q', '--bare', cloneUrl, target])
  const wallSeconds = (performance.now() - begin) / 1000
  const cpuMs = server.cpu.readMs() - cpuBefore
  await git(['rev-parse', '-q', '--verify', 'HEAD'], { cwd: target })
  await rm(target, { recursive: true })
  await rm(directory, { recursive: true })
  return { wallSeconds, cpuMs }
}
