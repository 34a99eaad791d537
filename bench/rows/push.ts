/** What the door adds to the work that git does for a small push anyway. */
import { cp } from 'node:fs/promises'
import { join } from 'node:path'
import { interleave } from '../measure/interleave.ts'
import { medianOf, seriesOf } from '../measure/series.ts'
import { receivePack } from '../peers/receive-pack.ts'
import { startSluice } from '../peers/sluice.ts'
import { checkAccepted, commitChain, pushBody, type PushedCommit } from '../requests/push-request.ts'
import { openPusher, type Pusher } from '../requests/pusher.ts'
import type { Row, RowParts } from '../row.ts'

const PUSHES_PER_ROUND = 20
const REF = 'refs/heads/main'
const CHANGED_FILE = 'src/part-0/file-0.txt'
/** What Sluice does always: everything a push brought is on disk before it is acknowledged. */
const DURABLE = ['core.fsync=committed']
const MAX_RATIO = 1.3

export const push: Row = {
  name: 'push',
  title: 'A push of one commit',
  method: `Time from the last byte of the request to the end of the answer, each round the median of ${PUSHES_PER_ROUND} pushes into a repository of 2,000 commits and 50 branches. Sluice is asked over HTTP with a token, decides, syncs and records; git gets the same bytes on its standard input, and the time to start it is not counted. Stock git acknowledges before anything is synced; the second line is git told to be as careful as Sluice always is.`,
  async measure(parts) {
    await using sluice = await startSluice(parts.root, `${parts.scratch}/data`)
    const source = await parts.inputs.pushed()
    const chain = await makeChain(parts, source)
    using pusher = openPusher(sluice, await sluice.host('pushed', source))
    const ms = await interleave(
      {
        ours: (round) => medianOver(chain, round, (commit) => timePush(pusher, commit)),
        plain: await gitSide(parts, source, chain, 'plain', []),
        durable: await gitSide(parts, source, chain, 'durable', DURABLE),
      },
      parts,
    )
    const figure = (what: string, name: string, values: number[], promised: boolean) => ({
      what,
      unit: 'ms' as const,
      ours: seriesOf(ms.ours),
      against: { name, series: seriesOf(values) },
      goal: promised ? ({ measure: 'ratio', atMost: MAX_RATIO } as const) : null,
    })
    const command = 'git receive-pack --stateless-rpc'
    return {
      figures: [
        figure('server time', command, ms.plain, true),
        figure('server time, same durability', `${command}, ${DURABLE.join()}`, ms.durable, false),
      ],
    }
  },
}

async function makeChain({ scratch, rounds }: RowParts, source: string): Promise<PushedCommit[]> {
  const draft = join(scratch, 'chain.git')
  await cp(source, draft, { recursive: true })
  return commitChain(draft, CHANGED_FILE, (rounds + 1) * PUSHES_PER_ROUND)
}

/** One side: a copy of the repository of its own, as each can take every commit only once. */
async function gitSide(
  { scratch }: RowParts,
  source: string,
  chain: readonly PushedCommit[],
  name: string,
  config: readonly string[],
): Promise<(round: number) => Promise<number>> {
  const repository = join(scratch, `${name}.git`)
  await cp(source, repository, { recursive: true })
  return (round) =>
    medianOver(chain, round, async (commit) => {
      const { answer, ms } = await receivePack(repository, pushBody(commit, REF), config)
      checkAccepted(answer, REF)
      return ms
    })
}

async function medianOver(
  chain: readonly PushedCommit[],
  round: number,
  time: (commit: PushedCommit) => Promise<number>,
): Promise<number> {
  const times: number[] = []
  for (const commit of chain.slice(round * PUSHES_PER_ROUND, (round + 1) * PUSHES_PER_ROUND)) {
    times.push(await time(commit))
  }
  return medianOf(times)
}

async function timePush(pusher: Pusher, commit: PushedCommit): Promise<number> {
  const begin = performance.now()
  const answer = await pusher.push(commit, REF)
  const ms = performance.now() - begin
  checkAccepted(answer, REF)
  return ms
}
