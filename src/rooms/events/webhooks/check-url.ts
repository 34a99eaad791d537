/** Is this the address of somebody whom the server may talk to? Asked again at each connection. */
import type { OutboundGuard } from '../../../http/outbound/outbound-guard.ts'
import { AppError } from '../../../kernel/errors.ts'

/** @throws AppError `OUTBOUND_REFUSED`, also for a name that cannot be resolved */
export async function checkUrl(guard: Pick<OutboundGuard, 'check'>, url: string): Promise<void> {
  try {
    await guard.check(new URL(url))
  } catch (err) {
    if (!(err instanceof AppError) || err.code === 'OUTBOUND_REFUSED') throw err
    throw new AppError('OUTBOUND_REFUSED', { details: err.details, cause: err })
  }
}
