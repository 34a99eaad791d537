/** The servers that are loaded: Sluice and a stock peer, started for it, or one that runs already. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Inputs } from '../inputs/inputs.ts'
import type { CpuMeter } from '../measure/cpu-meter.ts'
import type { GitServer } from '../peers/git-server.ts'
import { startHttpBackend } from '../peers/nginx-http-backend.ts'
import { startSluice } from '../peers/sluice.ts'
import { CannotLoad, checkRemote } from './check-remote.ts'
import { keepCredential } from './credential.ts'
import type { LoadOptions, Remote } from './options.ts'
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
export function targetsOf(
  { remote, strategies }: Pick<LoadOptions, 'remote' | 'strategies'>,
  from: StartedFrom,
): readonly (() => Promise<LoadTarget>)[] {
  if (remote !== null) return [() => openRemote(remote, strategies, from)]
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

/** @throws CannotLoad when the server does not let itself be loaded so */
export async function openRemote(
  remote: Remote,
  strategies: readonly StrategyName[],
  { scratch }: Pick<StartedFrom, 'scratch'>,
): Promise<LoadTarget> {
  const { url, repositories, user } = remote
  const token = readToken(remote.tokenFile)
  const basic = Buffer.from(`${user}:${token}`).toString('base64')
  const headers: Readonly<Record<string, string>> = token === '' ? {} : { authorization: `Basic ${basic}` }
  await checkRemote({ url, repositories, headers }, strategies)
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

/** Empty: the server asks for none. @throws CannotLoad */
function readToken(file: string | null): string {
  if (file === null) return (process.env['ACCESS_TOKEN'] ?? '').trim()
  try {
    return readFileSync(file === '-' ? 0 : file, 'utf8').trim()
  } catch (err) {
    const { code } = err as NodeJS.ErrnoException
    throw new CannotLoad(`--token-file: ${file} cannot be read (${code}); name a file that holds the token`)
  }
}
