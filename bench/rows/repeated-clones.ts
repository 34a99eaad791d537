/** The same part of a history cloned by many: what the rows of shallow clones and of clones without blobs share. */
import type { Figure } from '../figure.ts'
import { git } from '../git.ts'
import { interleave } from '../measure/interleave.ts'
import { seriesOf } from '../measure/series.ts'
import type { GitServer } from '../peers/git-server.ts'
import { startHttpBackend } from '../peers/nginx-http-backend.ts'
import { startSluice, type Sluice } from '../peers/sluice.ts'
import { openFetcher, USUAL, type Fetcher } from '../requests/fetch-request.ts'
import type { RowParts } from '../row.ts'

export interface RepeatedClones {
  readonly times: number
  readonly minGainWarm: number | null
  readonly minGainCold: number | null
}

export interface Storm {
  readonly sluice: Sluice
  readonly peer: GitServer
  readonly ours: Fetcher
  readonly theirs: Fetcher
  readonly cloneUrls: { readonly ours: string; readonly peer: string }
  /** Arguments of a clone that nobody has asked for: of the next older commit, which costs the same. */
  readonly unasked: () => readonly string[]
  readonly description: string
}

/** A server has long been compiled and optimised by its engine when it is busy. */
const WARM_UP_STORMS = 30

/** Runs `work` on both servers with the same repository. */
export async function withStorm<T>(
  parts: RowParts,
  part: readonly string[],
  work: (storm: Storm) => Promise<T>,
): Promise<T> {
  await using sluice = await startSluice(parts.root, `${parts.scratch}/data`)
  await using peer = await startHttpBackend(parts.scratch)
  const { directory, description } = await parts.inputs.medium()
  const hosted = { ours: await sluice.host('storm', directory), peer: await peer.host('storm', directory) }
  await git(['config', 'uploadpack.allowFilter', 'true'], { cwd: hosted.peer.directory })
  using ours = openFetcher(sluice, hosted.ours)
  using theirs = openFetcher(peer, hosted.peer)
  const commits = await mainCommits(directory)
  let next = 0
  return await work({
    ...{ sluice, peer, ours, theirs, description },
    cloneUrls: { ours: hosted.ours.cloneUrl, peer: hosted.peer.cloneUrl },
    unasked: () => [...USUAL, ...part, `want ${commits[next++ % commits.length]}`, 'done'],
  })
}

/** CPU of the server for the same clone many times: all warm, and with the first one cold. */
export async function compareRepeated(
  storm: Storm,
  { times, minGainWarm, minGainCold }: RepeatedClones,
  parts: RowParts,
): Promise<Figure[]> {
  const { sluice, peer, ours, theirs } = storm
  const known = storm.unasked()
  for (let i = 0; i < WARM_UP_STORMS; i++) await ours.fetchTogether(known, times)
  const cpu = await interleave(
    {
      warm: () => cpuOf(sluice, () => ours.fetchTogether(known, times)),
      cold: () => cpuOf(sluice, () => ours.fetchTogether(storm.unasked(), times)),
      peer: () => cpuOf(peer, () => theirs.fetchTogether(known, times)),
    },
    parts,
  )
  const against = { name: peer.name, series: seriesOf(cpu.peer) }
  const goal = (gain: number | null) => (gain === null ? null : ({ measure: 'gain', atLeast: gain } as const))
  return [
    {
      what: `${times} clones, the answer is kept: server CPU`,
      unit: 'ms',
      ours: seriesOf(cpu.warm),
      against,
      goal: goal(minGainWarm),
    },
    {
      what: `${times} clones together, nobody has asked before: server CPU`,
      unit: 'ms',
      ours: seriesOf(cpu.cold),
      against,
      goal: goal(minGainCold),
    },
  ]
}

export async function cpuOf(server: GitServer, work: () => Promise<unknown>): Promise<number> {
  const before = server.cpu.readMs()
  await work()
  return server.cpu.readMs() - before
}

/** Newest first; as many as any row asks for. */
async function mainCommits(directory: string): Promise<string[]> {
  const { stdout } = await git(['rev-list', '--first-parent', '-n', '64', 'HEAD'], { cwd: directory })
  return stdout.trim().split('\n')
}
