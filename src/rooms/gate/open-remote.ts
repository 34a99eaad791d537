/**
 * Makes ready how an upstream is reached: its URL parsed, its secret open, its address resolved and allowed. Done
 * anew for every connection, so that a name that says something else meanwhile is looked at again.
 */
import { isIP } from 'node:net'
import type { UpstreamRemote } from '../../git/outbound/upstream-remote.ts'
import type { OutboundGuard } from '../../http/outbound/outbound-guard.ts'
import { AppError } from '../../kernel/errors.ts'
import { parseUpstreamUrl, type UpstreamUrl } from '../../kernel/upstream/upstream-url.ts'
import type { Seal } from '../../store/secrets/seal.ts'
import { credentialOf } from '../../store/upstreams/upstream-rows.ts'
import { NO_CREDENTIAL, type Upstream } from '../../store/upstreams/upstream.ts'

export interface OpenRemoteParts {
  readonly guard: Pick<OutboundGuard, 'check'>
  readonly seal: Pick<Seal, 'open'>
}

/** What GitHub calls the user of a token; other hosts take any. */
export const TOKEN_USER = 'x-access-token'

/**
 * The secret in it is for whoever connects, and for no log or error.
 *
 * @throws AppError `UPSTREAM_UNAVAILABLE`: the name cannot be resolved now, or the key was revoked; `OUTBOUND_REFUSED`
 */
export async function openRemote(
  { guard, seal }: OpenRemoteParts,
  upstream: Upstream,
): Promise<UpstreamRemote> {
  const where = parseUpstreamUrl(upstream.url)
  if (upstream.credentialSealed === NO_CREDENTIAL) throw revoked(where)
  const address = await addressOf(guard, where)
  const credential = seal.open(upstream.credentialSealed, credentialOf(upstream.repoId))
  if (where.kind === 'https') {
    const { username, ca } = upstream
    return {
      kind: 'https',
      url: where.url,
      address,
      username: username ?? TOKEN_USER,
      password: credential,
      ca,
    }
  }
  const { user, host, port, path } = where
  const hostKey = upstream.hostKey
  if (hostKey === null) throw new Error('an upstream over ssh without a host key was let in')
  return { kind: 'ssh', user, host, port, path, address, hostKey, privateKey: credential }
}

/**
 * The address to connect to.
 *
 * @throws AppError `UPSTREAM_UNAVAILABLE`: the name cannot be resolved now; `OUTBOUND_REFUSED`
 */
export async function addressOf(guard: Pick<OutboundGuard, 'check'>, where: UpstreamUrl): Promise<string> {
  const url = where.kind === 'https' ? where.url : new URL(`https://${where.host}/`)
  const { address } = await guard.check(url).catch((err: unknown) => {
    throw err instanceof AppError ? inOurWords(err, url) : err
  })
  return address
}

function inOurWords(err: AppError, { hostname: upstream }: URL): AppError {
  const of = (code: 'OUTBOUND_REFUSED' | 'UPSTREAM_UNAVAILABLE', reason: string) =>
    new AppError(code, { details: { reason, upstream }, cause: err })
  if (err.code !== 'OUTBOUND_REFUSED') return of('UPSTREAM_UNAVAILABLE', 'its name could not be resolved')
  const isLiteral = isIP(upstream.replace(/^\[|\]$/g, '')) !== 0
  return of(
    'OUTBOUND_REFUSED',
    `${isLiteral ? 'the address' : 'its address'} is not public; see SLUICE_GATE_ALLOW_PRIVATE`,
  )
}

function revoked(where: UpstreamUrl): AppError {
  const reason = 'its key was revoked or has expired; an owner has to rotate it, or set the upstream anew'
  const upstream = where.kind === 'https' ? where.url.hostname : where.host
  return new AppError('UPSTREAM_UNAVAILABLE', { details: { reason, upstream } })
}
