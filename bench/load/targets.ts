/** The servers that are loaded: Sluice and a stock peer, started for it, or one that runs already. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Inputs } from '../inputs/inputs.ts'
import type { CpuMeter } from '../measure/cpu-meter.ts'
import type { GitServer } from '../peers/git-server.ts'
import { startHttpBackend } from '../peers/nginx-http-backend.ts'
import { startSluice } from '../peers/sluice.ts'
import { keepCredential } from './credential.ts'
import type { Remote } from './options.ts'
import { STRATEGIES, type StrategyName } from './strategies.ts'

export interface LoadTarget extends AsyncDisposable {
  /** As the tables call it. */
  readonly name: string
  readonly origin: string
  /** Sent with every request: the credential, where one is needed. */
  readonly headers: Readonly<Record<string, string>>
  /** The same for a stock git: a file of its configuration, readable by its owner alone. */
  readonly credential: string
  /** `null`: a server that was not started here. */
  readonly cpu: CpuMeter | null
  /** Paths of repositories that the strategy needs, made ready. */
  repositoriesFor(strategy: StrategyName): Promise<readonly string[]>
}

export interface StartedFrom {
  readonly root: string
  readonly scratch: string
  readonly inputs: Inputs
}

/** One after the other: both at once would take the cores from each other. */
export function targetsOf(remote: Remote | null, from: StartedFrom): readonly (() => Promise<LoadTarget>)[] {
  if (remote !== null) return [() => openRemote(remote, from)]
  return [
    async () => hostedTarget(await startSluice(from.root, join(from.scratch, 'data')), from),
    async () => hostedTarget(await startHttpBackend(from.scratch), from),
  ]
}

async function hostedTarget(server: GitServer, { scratch, inputs }: StartedFrom): Promise<LoadTarget> {
  const { name, origin, headers, cpu } = server
  return {
    name,
    origin,
    headers,
    cpu,
    credential: await keepCredential(scratch, headers),
    repositoriesFor: async (strategy) => {
      const { count, content } = STRATEGIES[strategy].repositories
      const source = content ? await inputs.pushed() : null
      const hosted = await Promise.all(
        Array.from({ length: count }, (_, at) => server.host(`load-${strategy}-${at}`, source)),
      )
      return hosted.map(({ path }) => path)
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  }
}

async function openRemote(remote: Remote, { scratch }: StartedFrom): Promise<LoadTarget> {
  const { url, repositories, user } = remote
  const token = readToken(remote.tokenFile)
  const basic = Buffer.from(`${user}:${token}`).toString('base64')
  const headers: Readonly<Record<string, string>> = token === '' ? {} : { authorization: `Basic ${basic}` }
  return {
    name: new URL(url).host,
    origin: url,
    headers,
    cpu: null,
    credential: await keepCredential(scratch, headers),
    repositoriesFor: async () => repositories.map((path) => `/${path}`),
    [Symbol.asyncDispose]: async () => {},
  }
}

/** Empty: the server asks for none. */
function readToken(file: string | null): string {
  const text =
    file === null ? (process.env['ACCESS_TOKEN'] ?? '') : readFileSync(file === '-' ? 0 : file, 'utf8')
  return text.trim()
}
