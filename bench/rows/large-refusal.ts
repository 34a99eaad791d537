/** As refusal.ts, for a push of 60 MB by a stock client, which has to be read before it listens. */
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Figure } from '../figure.ts'
import { git } from '../git.ts'
import { importHistory } from '../inputs/fast-import.ts'
import { randomBytes } from '../inputs/random-bytes.ts'
import { interleave } from '../measure/interleave.ts'
import { seriesOf } from '../measure/series.ts'
import { tracesOf, type Traces } from '../measure/traces.ts'
import { startSluice, type Sluice } from '../peers/sluice.ts'
import { REFUSED_REF } from '../requests/push-request.ts'
import type { Row } from '../row.ts'
import { figuresOfTraces } from '../trace-figures.ts'

const MAX_CPU_MS = 1
const PACK_BYTES = 60_000_000
/** What the user of a stock client reads. */
const CLEAN = /^ ! \[remote rejected\] .+ -> refs\/pull\/7\/head \(.+\)$/m

interface LargePush {
  readonly cpuMs: number
  readonly traces: Traces
  /** 1 when the client did not show the reason. */
  readonly unclear: number
}

export const largeRefusal: Row = {
  name: 'refusal-60mb',
  title: 'A push of 60 MB refused by the name of its ref',
  method:
    '`git push` of one incompressible blob by a stock client into an empty repository. Server CPU from the first request to the last, all children included. The client shows a reason only when the server reads what it sends to the end, so a refusal costs the reading.',
  async measure(parts) {
    await using sluice = await startSluice(parts.root, `${parts.scratch}/data`)
    const source = join(parts.scratch, 'large.git')
    const blob = new Map([['blob.bin', randomBytes('large refusal', PACK_BYTES)]])
    await importHistory(source, [{ message: 'a large blob\n', files: blob }], { compress: false })
    const { cloneUrl } = await sluice.host('refusing', null)
    const refused = () => pushLarge(sluice, source, cloneUrl, REFUSED_REF)
    const pushes = await interleave({ refused, accepted: acceptedSide(sluice, source) }, parts)
    return { figures: figuresOf(pushes.refused, pushes.accepted) }
  },
}

/** Into a repository of its own each time, or the client would find the blob there already. */
function acceptedSide(sluice: Sluice, source: string): (round: number) => Promise<LargePush> {
  return async (round) => {
    const { cloneUrl, directory } = await sluice.host(`accepting-${round}`, null)
    const push = await pushLarge(sluice, source, cloneUrl, 'refs/heads/main')
    await git(['rev-parse', '-q', '--verify', 'refs/heads/main'], { cwd: directory })
    await rm(directory, { recursive: true })
    return push
  }
}

async function pushLarge(sluice: Sluice, source: string, url: string, ref: string): Promise<LargePush> {
  let said = ''
  const before = sluice.cpu.readMs()
  const traces = await tracesOf(sluice, async () => {
    const { stderr } = await git(['push', url, `main:${ref}`], { cwd: source, mayFail: true })
    said = stderr
  })
  return { cpuMs: sluice.cpu.readMs() - before, traces, unclear: CLEAN.test(said) ? 0 : 1 }
}

function figuresOf(refused: readonly LargePush[], accepted: readonly LargePush[]): Figure[] {
  const cpu = (pushes: readonly LargePush[]) => seriesOf(pushes.map((push) => push.cpuMs))
  return [
    {
      what: 'server CPU of a refusal',
      unit: 'ms',
      ours: cpu(refused),
      against: { name: 'the same push accepted', series: cpu(accepted) },
      goal: { measure: 'value', atMost: MAX_CPU_MS },
    },
    ...figuresOfTraces(refused.map((push) => push.traces)),
    {
      what: 'clients that did not show the reason',
      unit: '',
      ours: seriesOf(refused.map((push) => push.unclear)),
      against: null,
      goal: { measure: 'value', atMost: 0 },
    },
  ]
}
