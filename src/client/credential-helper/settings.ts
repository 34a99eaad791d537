/** What the helpers are told by their arguments and their environment: places, never a token. */
import { parseServer } from '../logins/login-files.ts'
import { HelperError } from './helper-error.ts'
import { isSafeOrigin } from './safe-origin.ts'
import type { TokenSource } from './token-source.ts'

/** What the `sluice` command reads as well. Set but empty, it is a token that somebody failed to get. */
const TOKEN_VARIABLE = 'SLUICE_TOKEN'

export interface HelperSettings {
  /** Base URLs of the servers that may be shown the token of `source`. */
  readonly servers: readonly string[]
  /** `null`: logins only. */
  readonly source: TokenSource | null
  /** Whether a login counts for servers that `source` is not for. */
  readonly mayUseLogin: boolean
  /** What is in `source` is no token of ours, but what a platform says of its workload. */
  readonly isWorkload: boolean
  /** Account that is meant, where a workload is bound to several. */
  readonly clientId: string | null
  readonly env: Readonly<Record<string, string | undefined>>
}

export interface HelperArguments {
  readonly url?: readonly string[] | undefined
  readonly 'token-fd'?: string | undefined
  readonly 'token-file'?: string | undefined
  readonly 'token-env'?: string | undefined
  readonly workload?: boolean | undefined
  readonly 'client-id'?: string | undefined
}

/**
 * @param given arguments; each wins over its variable: SLUICE_URL, SLUICE_TOKEN_FD, SLUICE_TOKEN_FILE,
 *   SLUICE_TOKEN_ENV, SLUICE_WORKLOAD (`1`), SLUICE_CLIENT_ID. SLUICE_TOKEN comes last, and with SLUICE_URL
 *   it is for that server alone, whatever the arguments name: the two are set together for the command
 * @throws HelperError for what makes no sense
 */
export function helperSettings(
  given: HelperArguments,
  env: Readonly<Record<string, string | undefined>>,
): HelperSettings {
  const named = env['SLUICE_URL'] ? [env['SLUICE_URL']] : undefined
  const configured = configuredSource(given, env)
  const ambient = configured === null && env[TOKEN_VARIABLE] !== undefined
  const urls = (ambient ? (named ?? given.url) : (given.url ?? named)) ?? []
  return {
    servers: urls.map(serverOf),
    source: ambient ? { kind: 'variable', name: TOKEN_VARIABLE } : configured,
    mayUseLogin: !ambient, // it may do more than the token that was set in its place
    isWorkload: given.workload ?? env['SLUICE_WORKLOAD'] === '1',
    clientId: given['client-id'] ?? (env['SLUICE_CLIENT_ID'] || null),
    env,
  }
}

function configuredSource(given: HelperArguments, env: HelperSettings['env']): TokenSource | null {
  return (
    descriptor(given['token-fd'] ?? env['SLUICE_TOKEN_FD']) ??
    file(given['token-file'] ?? env['SLUICE_TOKEN_FILE']) ??
    variable(given['token-env'] ?? env['SLUICE_TOKEN_ENV'])
  )
}

/** The environment for programs that a helper starts. */
export function environmentWithoutToken({ source, env }: HelperSettings): NodeJS.ProcessEnv {
  const others = { ...env, [TOKEN_VARIABLE]: undefined }
  return source?.kind === 'variable' ? { ...others, [source.name]: undefined } : others
}

function serverOf(text: string): string {
  if (!URL.canParse(text)) throw new HelperError('the address of the server is none: use https://<host>')
  if (!isSafeOrigin(new URL(text)))
    throw new HelperError('a token goes to https addresses only, or to this machine')
  return parseServer(text)
}

function descriptor(text = ''): TokenSource | null {
  if (text === '') return null
  if (/^\d{1,9}$/.test(text) && Number(text) > 2) return { kind: 'descriptor', fd: Number(text) }
  throw new HelperError('the descriptor of a token is a number above 2')
}

function file(path = ''): TokenSource | null {
  return path === '' ? null : { kind: 'file', path }
}

function variable(name = ''): TokenSource | null {
  return name === '' ? null : { kind: 'variable', name }
}
