/** May this server push there, and to which address? Asked when a mirror is set, and again before every push. */
import { AppError } from '../../kernel/errors.ts'
import type { OutboundGuard } from '../../http/outbound/outbound-guard.ts'

export interface RemoteAddressParts {
  readonly guard: Pick<OutboundGuard, 'check'>
  /** Is it one of those that the operator allows besides public ones? */
  readonly isListed: (address: string) => boolean
}

/**
 * The address to connect to. http, which anybody on the way can read, is for the operator's own networks.
 *
 * @throws AppError `OUTBOUND_REFUSED`; `UNAVAILABLE`: the name cannot be resolved now
 */
export async function addressOf({ guard, isListed }: RemoteAddressParts, url: URL): Promise<string> {
  const { address } = await guard.check(url)
  if (url.protocol === 'http:' && !isListed(address)) {
    const reason = 'credentials go by https, except to addresses in SLUICE_OUTBOUND_ALLOW'
    throw new AppError('OUTBOUND_REFUSED', { details: { reason } })
  }
  return address
}

/** A name that cannot be resolved now may be known later: the state of the mirror will tell. */
export async function checkAddress(parts: RemoteAddressParts, url: URL): Promise<void> {
  await addressOf(parts, url).catch((err: unknown) => {
    if (!(err instanceof AppError) || err.code !== 'UNAVAILABLE') throw err
  })
}
