/**
 * Many move refs while the server is killed at any moment; then all that was told is held against all that
 * was acknowledged. Who starts and kills the server, and where its data lie, is known elsewhere.
 */
import { Dice } from '../dice.ts'
import { Killer, type Mortal } from './killer.ts'
import { Mover, type MovedRepository } from './mover.ts'
import { listenToStream } from './stream-listener.ts'
import { invented, misheard, missing, type Misheard, type Told } from './verdict.ts'

export interface CrashProofParts {
  readonly server: Mortal & { readonly url: () => string }
  readonly headers: Readonly<Record<string, string>>
  readonly repositories: readonly MovedRepository[]
  readonly movers: number
  /** Each of the movers asks for so many. */
  readonly changesEach: number
  readonly kills: number
  readonly seed: number
  /** Push events of the log, oldest first. */
  readonly log: () => Promise<readonly Told[]>
  /** Full names and values, as they are on disk. */
  readonly refsOf: (repoId: string) => Promise<ReadonlyMap<string, string>>
  /** Somebody else who is told of all pushes; `hears` resolves when he has got this one. */
  readonly hook?: { readonly heard: () => readonly Told[]; readonly hears: (id: string) => Promise<void> }
}

export interface CrashVerdict {
  readonly kills: number
  readonly acknowledged: number
  readonly told: number
  /** Events that a start has written for the run before it. */
  readonly recovered: number
  readonly missing: number
  readonly invented: readonly string[]
  readonly stream: Misheard & { readonly connections: number }
  readonly hook: Misheard | null
}

export async function runCrashProof(parts: CrashProofParts): Promise<CrashVerdict> {
  const { server, headers, repositories, seed } = parts
  const every = Math.max(1, Math.floor((parts.movers * parts.changesEach) / (parts.kills + 1)))
  const killer = new Killer(server, new Dice(seed), { kills: parts.kills, every })
  const origin = async () => {
    await killer.serving()
    return server.url()
  }
  await using stream = listenToStream(origin, headers)
  const movers = Array.from({ length: parts.movers }, (_, n) => {
    const own = { name: `m${n}`, seed: seed + n + 1, onAsked: () => killer.onAsked() }
    return new Mover({ ...own, repositories, origin, headers })
  })
  await Promise.all(movers.map((mover) => mover.run(parts.changesEach)))
  await killer.done()

  const log = await parts.log()
  const last = new Map(log.map(({ repoId, id }) => [repoId, id])).values()
  for (const id of last) {
    await stream.hears(id)
    await parts.hook?.hears(id)
  }
  const acknowledged = movers.flatMap((mover) => mover.acknowledged)
  const refs = await Promise.all(repositories.map(async ({ id }) => [id, await parts.refsOf(id)] as const))
  return {
    kills: killer.kills,
    acknowledged: acknowledged.length,
    told: log.length,
    recovered: log.filter(({ data }) => data.recovered === true).length,
    missing: missing(acknowledged, log).length,
    invented: invented(log, new Map(refs)),
    stream: { ...misheard(log, stream.heard), connections: stream.connections() },
    hook: parts.hook ? misheard(log, parts.hook.heard()) : null,
  }
}
