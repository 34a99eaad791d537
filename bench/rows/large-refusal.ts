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

interface RefusedPush {
  readonly cpuMs: number
  readonly traces: Traces
  /** 1 when the client did not show the reason. */
  readonly unclear: number
}

export const largeRefusal: Row = {
  name: 'refusal-60mb',
  title: 'A push of 60 MB refused by the name of its ref',
  method:
    '`git push` of one incompressible blob by a stock client into an empty repository; refused and accepted ones go to two servers. Server CPU from the first request to the last, all children included. The client shows a reason only when the server reads what it sends to the end, so a refusal costs the reading.',
  async measure(parts) {
    await using refusing = await startSluice(parts.root, join(parts.scratch, 'refusing'))
    await using accepting = await startSluice(parts.root, join(parts.scratch, 'accepting'))
    const source = join(parts.scratch, 'large.git')
    const blob = new Map([['blob.bin', randomBytes('large refusal', PACK_BYTES)]])
    await importHistory(source, [{ message: 'a large blob\n', files: blob }], { compress: false })
    const { cloneUrl } = await refusing.host('refusing', null)
    const refused: RefusedPush[] = []
    const cpu = await interleave(
      {
        refused: async (round) => {
          const push = await pushRefused(refusing, source, cloneUrl)
          if (round > 0) refused.push(push)
          return push.cpuMs
        },
        accepted: (round) => pushAccepted(accepting, source, `accepting-${round}`),
      },
      parts,
    )
    return { figures: figuresOf(refused, cpu.accepted) }
  },
}

async function pushRefused(sluice: Sluice, source: string, url: string): Promise<RefusedPush> {
  let said = ''
  const before = sluice.cpu.readMs()
  const traces = await tracesOf(sluice, async () => {
    const { stderr } = await git(['push', url, `main:${REFUSED_REF}`], { cwd: source, mayFail: true })
    said = stderr
  })
  return { cpuMs: sluice.cpu.readMs() - before, traces, unclear: CLEAN.test(said) ? 0 : 1 }
}

/** Into a repository of its own each time, or the client would find the blob there already. */
async function pushAccepted(sluice: Sluice, source: string, name: string): Promise<number> {
  const { cloneUrl, directory } = await sluice.host(name, null)
  const before = sluice.cpu.readMs()
  await git(['push', '-q', cloneUrl, 'main'], { cwd: source })
  const cpuMs = sluice.cpu.readMs() - before
  await rm(directory, { recursive: true })
  return cpuMs
}

function figuresOf(refused: readonly RefusedPush[], acceptedMs: readonly number[]): Figure[] {
  return [
    {
      what: 'server CPU of a refusal',
      unit: 'ms',
      ours: seriesOf(refused.map((push) => push.cpuMs)),
      against: { name: 'the same push accepted', series: seriesOf(acceptedMs) },
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
