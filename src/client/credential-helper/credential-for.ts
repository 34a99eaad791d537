/**
 * Who a helper is towards a server: a short token from an exchange, for one repository where that is
 * known. The subject token comes from the configured source, else from `sluice login`.
 */
import { CredentialCache } from '../credential-cache.ts'
import type { Credential, Exchange } from '../credential.ts'
import { DiskStore, tokenFile } from '../disk/disk-store.ts'
import { exchangeWith } from '../exchange-with.ts'
import { loginCredential } from '../logins/login-credential.ts'
import { loginDirectory, LoginFiles, type Login } from '../logins/login-files.ts'
import { SluiceError } from '../sluice-error.ts'
import { assertionExchange } from './assertion-exchange.ts'
import { HelperError } from './helper-error.ts'
import type { HelperSettings } from './settings.ts'
import { readTokenFrom } from './token-source.ts'

const NOT_FOR_THIS_SERVER =
  'SLUICE_TOKEN is set, but not for this server: name it by SLUICE_URL, or unset SLUICE_TOKEN to use the login'

export interface Wanted {
  /** Without a slash at its end. A server is found by it, so it must be of a safe origin. */
  readonly url: string
  /** Scope, e.g. `repo:pull`; empty: to read, and to write where that is allowed. */
  readonly action: string
}

/**
 * @returns `null` for a place nobody has configured, where a token must never go
 * @throws HelperError where only a login would do, and SLUICE_TOKEN is set in its place
 */
export async function credentialFor(settings: HelperSettings, wanted: Wanted): Promise<Credential | null> {
  const { source, env } = settings
  const server = settings.servers.find((base) => isBelow(wanted.url, base))
  if (source !== null && server !== undefined) {
    // what does not come from a disk must not come to lie on one: no store
    const exchange = exchangeOf(settings, server, () => readTokenFrom(source, env))
    return cacheFor(server, exchange).for(wanted.url, wanted.action)
  }
  const logins = new LoginFiles(loginDirectory(env))
  const login = (await logins.list()).find((one) => isBelow(wanted.url, one.server))
  if (login && !settings.mayUseLogin) throw new HelperError(NOT_FOR_THIS_SERVER)
  return login ? credentialOfLogin(login, logins, settings, wanted) : null
}

function exchangeOf(
  { isWorkload, clientId }: HelperSettings,
  server: string,
  read: () => Promise<string>,
): Exchange {
  return isWorkload
    ? assertionExchange({ server, assertion: read, clientId })
    : exchangeWith({ server, subjectToken: read })
}

function credentialOfLogin(
  login: Login,
  logins: LoginFiles,
  { env }: HelperSettings,
  wanted: Wanted,
): Credential {
  const { server, account, signedInAt } = login
  // the next login of the same account may be allowed less
  const identity = JSON.stringify([server, account.id ?? account.displayName, signedInAt])
  const store = new DiskStore({ path: tokenFile(env), identity })
  const subject = loginCredential({ logins, server })
  const exchange = exchangeWith({ server, subjectToken: () => subject.token() })
  return cacheFor(server, exchange, store).for(wanted.url, wanted.action)
}

function cacheFor(server: string, exchange: Exchange, store?: DiskStore): CredentialCache {
  return new CredentialCache({ exchange: orForServer(server, exchange), ...(store && { store }) })
}

/**
 * A repository that is hidden, or is yet to be made by its first push, is no target: then the token is
 * for the server, which says in git's own words what it thinks of the request itself.
 */
function orForServer(server: string, exchange: Exchange): Exchange {
  return (audience, action, signal) =>
    exchange(audience, action, signal).catch((err: unknown) => {
      const isRefused = err instanceof SluiceError && REFUSED.has(err.code)
      if (!isRefused || audience === server) throw err
      return exchange(server, '', signal)
    })
}

const REFUSED: ReadonlySet<string> = new Set(['invalid_target', 'invalid_scope'])

function isBelow(url: string, base: string): boolean {
  return url === base || url.startsWith(`${base}/`)
}
