/** A small push that is refused for the name of its ref alone, beside the same push accepted. */
import { cp } from 'node:fs/promises'
import { join } from 'node:path'
import type { Figure } from '../figure.ts'
import { interleave } from '../measure/interleave.ts'
import { seriesOf } from '../measure/series.ts'
import { tracesOf, type Traces } from '../measure/traces.ts'
import { startSluice, type Sluice } from '../peers/sluice.ts'
import {
  asNewRef,
  checkAccepted,
  checkRefused,
  commitChain,
  REFUSED_REF,
  type PushedCommit,
} from '../requests/push-request.ts'
import { openPusher, type Pusher } from '../requests/pusher.ts'
import type { Row, RowParts } from '../row.ts'
import { figuresOfTraces } from '../trace-figures.ts'

const MAX_CPU_MS = 1
const PUSHES = { refused: 200, accepted: 10 } as const
const CHANGED_FILE = 'src/part-0/file-0.txt'

export const refusal: Row = {
  name: 'refusal',
  title: 'A push refused by the name of its ref',
  method: `One commit for \`${REFUSED_REF}\`, a name that the server keeps for itself, beside the same commit for a new branch. Server CPU of the POST, all children included. Before anything was accepted, the processes and the files of the server are looked at in front of and behind each round of refused pushes: a process that came and went shows in the page faults of its parent, a file in the times of its directory.`,
  async measure(parts) {
    await using sluice = await startSluice(parts.root, `${parts.scratch}/data`)
    const source = await parts.inputs.pushed()
    const commit = asNewRef(await oneCommit(parts, source))
    using pusher = openPusher(sluice, await sluice.host('pushed', source))
    const traces = await traceRefusals(parts, sluice, pusher, commit)
    const cpu = await interleave(
      {
        refused: () => cpuOf(sluice, PUSHES.refused, () => pushRefused(pusher, commit)),
        accepted: (round) =>
          cpuOf(sluice, PUSHES.accepted, (at) => pushAccepted(pusher, commit, `${round}-${at}`)),
      },
      parts,
    )
    const figures: Figure[] = [
      {
        what: 'server CPU of a refusal',
        unit: 'ms',
        ours: seriesOf(cpu.refused),
        against: { name: 'the same push accepted', series: seriesOf(cpu.accepted) },
        goal: { measure: 'value', atMost: MAX_CPU_MS },
      },
      ...figuresOfTraces(traces),
    ]
    return { figures }
  },
}

async function oneCommit({ scratch }: RowParts, source: string): Promise<PushedCommit> {
  const draft = join(scratch, 'chain.git')
  await cp(source, draft, { recursive: true })
  const [commit] = await commitChain(draft, CHANGED_FILE, 1)
  if (commit === undefined) throw new Error('no commit to push')
  return commit
}

async function traceRefusals(
  { rounds }: RowParts,
  sluice: Sluice,
  pusher: Pusher,
  commit: PushedCommit,
): Promise<Traces[]> {
  await pushRefused(pusher, commit) // the first request of all may open what stays open
  const traces: Traces[] = []
  for (let round = 0; round < rounds; round++) {
    const work = () => repeat(PUSHES.refused, () => pushRefused(pusher, commit))
    traces.push(await tracesOf(sluice, work))
  }
  return traces
}

async function pushRefused(pusher: Pusher, commit: PushedCommit): Promise<void> {
  checkRefused(await pusher.push(commit, REFUSED_REF), REFUSED_REF)
}

async function pushAccepted(pusher: Pusher, commit: PushedCommit, name: string): Promise<void> {
  const ref = `refs/heads/new-${name}`
  checkAccepted(await pusher.push(commit, ref), ref)
}

/** Milliseconds a push. */
async function cpuOf(sluice: Sluice, times: number, push: (at: number) => Promise<void>): Promise<number> {
  const before = sluice.cpu.readMs()
  await repeat(times, push)
  return (sluice.cpu.readMs() - before) / times
}

async function repeat(times: number, work: (at: number) => Promise<void>): Promise<void> {
  for (let at = 0; at < times; at++) await work(at)
}
