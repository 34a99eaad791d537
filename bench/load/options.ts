/** The command line of `npm run bench:load`; names and defaults are forgemark's where it has them. */
import { parseArgs } from 'node:util'
import { STRATEGY_NAMES, type StrategyName } from './strategies.ts'

export type ClientKind = 'protocol' | 'git'

export interface LoadOptions {
  readonly strategies: readonly StrategyName[]
  /** Agents at once, one level after the other. */
  readonly concurrency: readonly number[]
  /** Measured, after the warm-up. */
  readonly seconds: number
  readonly warmupSeconds: number
  readonly client: ClientKind
  /** A server that runs already; `null`: Sluice and a stock peer are started. */
  readonly remote: Remote | null
  readonly json: boolean
}

export interface Remote {
  /** In front of the paths of the repositories. */
  readonly url: string
  /** Below the URL, as they are. */
  readonly repositories: readonly string[]
  /** Holds the token; `-`: standard input, `null`: the variable ACCESS_TOKEN. */
  readonly tokenFile: string | null
  readonly user: string
}

export const LOAD_USAGE = `npm run bench:load [-- options]

  --strategy     branch,repo,clone,session   any of them
  --concurrency  1,8,32,128                  agents at once, swept
  --seconds      10                          measured at each level
  --warmup       2                           seconds before, thrown away
  --client       protocol | git              raw HTTP with prepared packs, or a stock git
  --url          https://forge.example       a server that runs already, which you may load
  --repos        org/a.git,org/b.git         its repositories; clone and session need one with content
  --token-file   file, or - for stdin        else the variable ACCESS_TOKEN; never an argument
  --user         x-access-token              with the token as password
  --json                                     results as forgemark writes them; nothing to the page
`

/** @throws TypeError or RangeError that says what is wrong */
export function parseLoadOptions(args: readonly string[]): LoadOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      strategy: { type: 'string', default: STRATEGY_NAMES.join() },
      concurrency: { type: 'string', default: '1,8,32,128' },
      seconds: { type: 'string', default: '10' },
      warmup: { type: 'string', default: '2' },
      client: { type: 'string', default: 'protocol' },
      url: { type: 'string' },
      repos: { type: 'string' },
      'token-file': { type: 'string' },
      user: { type: 'string', default: 'x-access-token' },
      json: { type: 'boolean', default: false },
    },
  })
  return {
    strategies: values.strategy.split(',').map(parseStrategy),
    concurrency: values.concurrency.split(',').map((text) => parseNumber('--concurrency', text, 1)),
    seconds: parseNumber('--seconds', values.seconds, 1),
    warmupSeconds: parseNumber('--warmup', values.warmup, 0),
    client: parseClient(values.client),
    remote: parseRemote(values.url, values.repos, values['token-file'] ?? null, values.user),
    json: values.json,
  }
}

function parseStrategy(text: string): StrategyName {
  const name = STRATEGY_NAMES.find((each) => each === text)
  if (name === undefined) throw new RangeError(`no strategy ${text}; there are ${STRATEGY_NAMES.join(', ')}`)
  return name
}

function parseNumber(option: string, text: string, least: number): number {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN
  if (!(value >= least)) throw new RangeError(`${option}: ${text} is no whole number from ${least}`)
  return value
}

function parseClient(text: string): ClientKind {
  if (text !== 'protocol' && text !== 'git') throw new RangeError(`--client: protocol or git, not ${text}`)
  return text
}

function parseRemote(
  url: string | undefined,
  repos: string | undefined,
  tokenFile: string | null,
  user: string,
): Remote | null {
  if (url === undefined && repos === undefined && tokenFile === null) return null
  if (url === undefined || repos === undefined) throw new RangeError('--url and --repos go together')
  if (!/^https?:\/\/[^/]/.test(url) || !URL.canParse(url))
    throw new RangeError(`--url: ${url} is no address of http or https`)
  return { url: url.replace(/\/$/, ''), repositories: repos.split(','), tokenFile, user }
}
