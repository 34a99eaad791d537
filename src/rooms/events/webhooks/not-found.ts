/** What is answered for webhooks and deliveries that are not there, or are somebody else's. */
import { AppError } from '../../../kernel/errors.ts'

export function noSuchHook(): AppError {
  return new AppError('NOT_FOUND', { details: { reason: 'no such webhook' } })
}

export function noSuchDelivery(): AppError {
  return new AppError('NOT_FOUND', { details: { reason: 'no such delivery' } })
}
