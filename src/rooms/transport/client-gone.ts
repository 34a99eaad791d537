/** A signal that aborts when the client of a response is gone before it was answered. */
import type { ServerResponse } from 'node:http'

export function abortWhenGone(response: ServerResponse): AbortSignal {
  const controller = new AbortController()
  response.once('close', () => {
    if (!response.writableFinished) controller.abort()
  })
  return controller.signal
}
