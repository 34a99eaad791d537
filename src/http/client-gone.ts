/** A signal that aborts when the client of a response is gone before it was answered. */
import type { ServerResponse } from 'node:http'
import { AppError } from '../kernel/errors.ts'

/** Its reason is an AppError `REQUEST_ABORTED`: no fault of ours, so nothing for the log. */
export function abortWhenGone(response: ServerResponse): AbortSignal {
  const controller = new AbortController()
  const abort = () => {
    if (!response.writableFinished) controller.abort(new AppError('REQUEST_ABORTED'))
  }
  if (response.destroyed) abort()
  else response.once('close', abort)
  return controller.signal
}
