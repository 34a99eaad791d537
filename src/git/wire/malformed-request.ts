import { AppError } from '../../kernel/errors.ts'

/** A request that breaks its own grammar; `reason` is shown to the client. */
export function malformedRequest(reason: string): AppError {
  return new AppError('MALFORMED_REQUEST', { details: { reason } })
}
