/** What the helpers are told by their arguments and their environment: places, never a token. */
import { parseServer } from '../logins/login-files.ts'
import { HelperError } from './helper-error.ts'
import { isSafeOrigin } from './safe-origin.ts'
import type { TokenSource } from './token-source.ts'

export interface HelperSettings {
  /** Base URLs of the servers that may be shown the token of `source`. */
  readonly servers: readonly string[]
  /** `null`: logins only. */
  readonly source: TokenSource | null
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
 *   SLUICE_TOKEN_ENV, SLUICE_WORKLOAD (`1`), SLUICE_CLIENT_ID
 * @throws HelperError for what makes no sense
 */
export function helperSettings(
  given: HelperArguments,
  env: Readonly<Record<string, string | undefined>>,
): HelperSettings {
  const urls = given.url ?? (env['SLUICE_URL'] ? [env['SLUICE_URL']] : [])
  return {
    servers: urls.map(serverOf),
    source:
      descriptor(given['token-fd'] ?? env['SLUICE_TOKEN_FD']) ??
      file(given['token-file'] ?? env['SLUICE_TOKEN_FILE']) ??
      variable(given['token-env'] ?? env['SLUICE_TOKEN_ENV']),
    isWorkload: given.workload ?? env['SLUICE_WORKLOAD'] === '1',
    clientId: given['client-id'] ?? (env['SLUICE_CLIENT_ID'] || null),
    env,
  }
}

/** The environment for programs that a helper starts. */
export function environmentWithoutToken({ source, env }: HelperSettings): NodeJS.ProcessEnv {
  if (source?.kind !== 'variable') return { ...env }
  const { [source.name]: _token, ...others } = env
  return others
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
