/**
 * Looks whether a server that runs already can be loaded as it was asked for. What is wrong with an address or a token
 * is said in a sentence, before the load; see failure.ts for what goes wrong under it.
 */
import { openHttpClient, StatusError, type HttpClient } from '../measure/http.ts'
import { STRATEGIES, type StrategyName } from './strategies.ts'

export interface Place {
  /** In front of the paths of the repositories. */
  readonly url: string
  readonly repositories: readonly string[]
  /** The credential, where there is one. */
  readonly headers: Readonly<Record<string, string>>
}

/** Its message is one line: what is wrong, and what to do about it. */
export class CannotLoad extends Error {}

const SILENCE_MS = 30_000

/** @throws CannotLoad */
export async function checkRemote(place: Place, strategies: readonly StrategyName[]): Promise<void> {
  using client = openHttpClient(place.url, SILENCE_MS)
  for (const repository of place.repositories) {
    if (strategies.some((name) => name !== 'clone')) await advertised(client, place, repository, 'receive')
    const reading = strategies.filter((name) => STRATEGIES[name].repositories.content)
    if (reading.length === 0) continue
    const refs = await advertised(client, place, repository, 'upload')
    if (!refs.includes(' HEAD\0'))
      throw new CannotLoad(
        `--repos: ${repository} has nothing to clone; push to its default branch, or leave out --strategy ${reading.join()}`,
      )
  }
}

/** Refs, as protocol version 0 lists them. */
async function advertised(
  client: HttpClient,
  { headers }: Place,
  repository: string,
  service: 'upload' | 'receive',
): Promise<string> {
  const path = `/${repository}/info/refs?service=git-${service}-pack`
  const answer = await client.send({ method: 'GET', path, headers }).catch((err: unknown) => {
    throw new CannotLoad(whatIsWrong(err, repository, Object.keys(headers).length > 0))
  })
  const text = answer.toString('latin1')
  if (!/^[0-9a-f]{4}# service=git-/.test(text))
    throw new CannotLoad(
      `--repos: ${repository} is no git repository over HTTP; give its path as git clones it`,
    )
  return text
}

function whatIsWrong(err: unknown, repository: string, hasToken: boolean): string {
  if (!(err instanceof StatusError)) {
    const { code, message } = err as NodeJS.ErrnoException
    return `--url: no answer (${code ?? message}); is the server running, and the address right?`
  }
  if (err.status === 401)
    return hasToken
      ? `${repository}: the server does not take the token; give another one with --token-file, or in ACCESS_TOKEN, and see --user`
      : `${repository}: the server wants a token; give it with --token-file, or in ACCESS_TOKEN`
  if (err.status === 403) return `${repository}: the token may not push there; give one that may`
  if (err.status === 404) return `--repos: ${repository} is not there, or the token may not see it`
  if (err.status >= 300 && err.status < 400)
    return `--url: the server sends elsewhere for ${repository} (${err.status}); give that address`
  return `${repository}: the server answers ${err.status}; look into its log`
}
