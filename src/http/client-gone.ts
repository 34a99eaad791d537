/** A signal that aborts when the client of a response is gone before it was answered. */
import type { ServerResponse } from 'node:http'
import { AppError } from '../kernel/errors.ts'

/** Its reason is an AppError `REQUEST_ABORTED`: no fault of ours, so nothing for the log. */
export function abortWhenGone(response: ServerResponse): AbortSignal {
  const controller = new AbortController()
  response.once('close', () => {
    if (!response.writableFinished) controller.abort(new AppError('REQUEST_ABORTED'))
  })
  return controller.signal
}
