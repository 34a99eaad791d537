/** Many who read a gate at once, when its upstream has something new. */
import { join } from 'node:path'
import type { Figure } from '../figure.ts'
import { git } from '../git.ts'
import { interleave } from '../measure/interleave.ts'
import { seriesOf } from '../measure/series.ts'
import { GATE_SETTINGS, openGate, openHttpsForge, type Forge } from '../peers/forge.ts'
import { startSluice, type Sluice } from '../peers/sluice.ts'
import { openRestClient, type RestClient } from '../requests/rest-client.ts'
import type { Row, RowParts } from '../row.ts'

const READERS = 100
const MAX_RATIO = 2

interface Reading {
  readonly ms: number
  /** Times that something was brought from the upstream. */
  readonly fetches: number
}

export const gateReaders: Row = {
  name: 'gate-readers',
  title: `${READERS} readers of a gate at once`,
  method: `A commit is pushed to the upstream, a forge behind TLS on loopback; then ${READERS} clients on kept connections ask the gate for its branches at once, and, in turn with that, one client does. From the first byte asked to the last one answered; every answer must hold the new commit.`,
  async measure(parts) {
    await using sluice = await startSluice(parts.root, join(parts.scratch, 'data'), GATE_SETTINGS)
    await using forge = await openHttpsForge(parts.scratch)
    const upstream = await openUpstream(parts, forge)
    const gate = await openGate(sluice, forge, { name: 'read', url: upstream.url })
    const readers = Array.from({ length: READERS }, () => openRestClient(sluice, gate))
    const readings = await interleave(
      {
        ours: () => readTogether(sluice, upstream, readers),
        one: () => readTogether(sluice, upstream, readers.slice(0, 1)),
      },
      parts,
    )
    for (const reader of readers) reader[Symbol.dispose]()
    return { figures: figuresOf(readings.ours, readings.one) }
  },
}

interface Upstream {
  readonly url: string
  /** @returns the new commit of `main` */
  readonly commit: () => Promise<string>
}

async function openUpstream({ scratch, inputs }: RowParts, forge: Forge): Promise<Upstream> {
  const url = await forge.create('bench/read')
  const draft = join(scratch, 'draft.git')
  await git(['clone', '-q', '--bare', await inputs.small({ branches: 50 }), draft])
  const settings = forge.config.flatMap((line) => ['-c', line])
  const run = async (...args: string[]) => (await git(args, { cwd: draft })).stdout.trim()
  await run(...settings, 'push', '-q', '--mirror', url)
  return {
    url,
    commit: async () => {
      const tip = await run('commit-tree', '-p', 'main', '-m', 'one more', 'main^{tree}')
      await run('update-ref', 'refs/heads/main', tip)
      await run(...settings, 'push', '-q', url, 'main')
      return tip
    },
  }
}

async function readTogether(
  sluice: Sluice,
  upstream: Upstream,
  readers: readonly RestClient[],
): Promise<Reading> {
  const tip = await upstream.commit()
  const before = await sluice.readMetric('sluice_gate_fetches_total')
  const begin = performance.now()
  const answers = await Promise.all(readers.map((reader) => reader.get('/branches/main')))
  const ms = performance.now() - begin
  if (!answers.every((answer) => answer.includes(tip))) throw new Error('a reader was shown an old commit')
  return { ms, fetches: (await sluice.readMetric('sluice_gate_fetches_total')) - before }
}

function figuresOf(together: readonly Reading[], one: readonly Reading[]): Figure[] {
  const of = (readings: readonly Reading[]) => seriesOf(readings.map(({ ms }) => ms))
  return [
    {
      what: `${READERS} readers, time until all are answered`,
      unit: 'ms',
      ours: of(together),
      against: { name: 'one reader', series: of(one) },
      goal: { measure: 'ratio', atMost: MAX_RATIO },
    },
    {
      what: `${READERS} readers, fetches from the upstream`,
      unit: '',
      ours: seriesOf(together.map(({ fetches }) => fetches)),
      against: null,
      goal: { measure: 'value', atMost: 1 },
    },
  ]
}
