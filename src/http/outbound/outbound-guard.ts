/**
 * Decides to which addresses this server connects because somebody outside has named them: webhooks and
 * mirrors. Not for addresses that its operator has configured.
 */
import { lookup } from 'node:dns/promises'
import { isIP, type LookupFunction } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { AppError } from '../../kernel/errors.ts'
import { addressesIn, isPublicAddress } from './address-ranges.ts'

export interface OutboundAddress {
  readonly address: string
  readonly family: 4 | 6
}

export interface OutboundGuardParts {
  /** Addresses and ranges that are allowed besides public ones: `SLUICE_OUTBOUND_ALLOW`. */
  readonly allow: readonly string[]
  /** Every address of a name, as the system knows it. Default: getaddrinfo(3). */
  readonly resolve?: (host: string) => Promise<readonly string[]>
}

/** How long a name may take. */
const RESOLVE_MS = 5_000

export class OutboundGuard {
  readonly #isAllowed: (address: string) => boolean
  readonly #resolve: (host: string) => Promise<readonly string[]>

  constructor({ allow, resolve = resolveBySystem }: OutboundGuardParts) {
    const isListed = addressesIn(allow)
    this.#isAllowed = (address) => isListed(address) || isPublicAddress(address)
    this.#resolve = resolve
  }

  /**
   * Resolves the name anew. Connect to what it gives and to nothing else: asked again, the name may say
   * something else.
   *
   * @throws AppError `OUTBOUND_REFUSED`: not http(s), holds a password, has an odd host, or one of its addresses is
   *   not allowed;
   *   `UNAVAILABLE`: the name cannot be resolved now
   */
  async check(url: URL): Promise<OutboundAddress> {
    checkForm(url)
    const [first] = await this.#addressesOf(hostOf(url))
    return first!
  }

  /** For what needs no name to be resolved: refuses at once. @throws AppError `OUTBOUND_REFUSED` */
  checkLiteral(url: URL): void {
    checkForm(url)
    const host = hostOf(url)
    if (isIP(host) !== 0) this.#checkAddress(host)
  }

  /** For `net.connect` and the agents of node:http: resolves, checks and pins. Not asked for literal addresses. */
  get lookup(): LookupFunction {
    return (host, options, done) => {
      this.#addressesOf(host).then(
        (addresses) => {
          const { address, family } = addresses[0]!
          if (options.all) done(null, [...addresses])
          else done(null, address, family)
        },
        (err: Error) => done(err, ''),
      )
    }
  }

  async #addressesOf(host: string): Promise<readonly OutboundAddress[]> {
    const addresses = isIP(host) === 0 ? await this.#resolved(host) : [host]
    for (const address of addresses) this.#checkAddress(address)
    return addresses.map((address) => ({ address, family: isIP(address) as 4 | 6 }))
  }

  async #resolved(host: string): Promise<readonly string[]> {
    const addresses = await inTime(this.#resolve(host)).catch((cause: unknown) => {
      throw unresolved(cause)
    })
    if (addresses.length === 0) throw unresolved(null)
    return addresses
  }

  #checkAddress(address: string): void {
    if (!this.#isAllowed(address)) throw refused('the address is not public; see SLUICE_OUTBOUND_ALLOW')
  }
}

async function resolveBySystem(host: string): Promise<readonly string[]> {
  return (await lookup(host, { all: true, verbatim: true })).map(({ address }) => address)
}

async function inTime<T>(work: Promise<T>): Promise<T> {
  const enough = new AbortController()
  const late = delay(RESOLVE_MS, null, { ref: false, signal: enough.signal }).then(() => {
    throw new Error('the name was not resolved in time')
  })
  try {
    return await Promise.race([work, late])
  } finally {
    late.catch(() => {})
    enough.abort()
  }
}

/** Others are legal in a URL, but have a meaning where an address is pinned. @see CURLOPT_RESOLVE(3) */
const HOST = /^(?:\[.*\]|(?!-)[\w.-]+)$/

function checkForm({ protocol, username, password, hostname }: URL): void {
  if (protocol !== 'http:' && protocol !== 'https:') throw refused('only http and https are spoken')
  if (username !== '' || password !== '') throw refused('the URL must not hold a user or a password')
  if (!HOST.test(hostname)) throw refused('the host has a name that no host can have')
}

/** Without the brackets of an IPv6 address. */
function hostOf({ hostname }: URL): string {
  return hostname.startsWith('[') ? hostname.slice(1, -1) : hostname
}

function refused(reason: string): AppError {
  return new AppError('OUTBOUND_REFUSED', { details: { reason } })
}

function unresolved(cause: unknown): AppError {
  return new AppError('UNAVAILABLE', { details: { reason: 'the name could not be resolved' }, cause })
}
