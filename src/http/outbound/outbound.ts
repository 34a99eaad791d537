/**
 * Requests to servers whose addresses somebody outside has named. Believes nothing about the other end:
 * time, headers and body are bounded, redirects are answers, and each connection is checked by the guard.
 */
import {
  Agent as HttpAgent,
  request as httpRequest,
  type ClientRequest,
  type IncomingMessage,
} from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import { DeadlineExceeded } from './deadline.ts'
import { readExcerpt } from './excerpt.ts'
import { reasonOf } from './failure-reason.ts'
import type { OutboundGuard } from './outbound-guard.ts'

export interface OutboundPost {
  readonly url: URL
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

export type OutboundAnswer =
  | {
      readonly kind: 'answered'
      /** HTTP status; a redirect is not followed. */
      readonly status: number
      /** Beginning of the body, printable. */
      readonly excerpt: string
      /** `Retry-After`, where it is a number of seconds. @see RFC 9110 section 10.2.3 */
      readonly retryAfterMs: number | null
    }
  /** `reason`: in fixed words. */
  | { readonly kind: 'failed'; readonly reason: string }

export interface OutboundLimits {
  /** For the whole exchange. */
  readonly deadlineMs: number
  readonly maxHeaderBytes: number
}

export const OUTBOUND_LIMITS: OutboundLimits = { deadlineMs: 15_000, maxHeaderBytes: 8 * 1024 }

const KEEP_ALIVE = { keepAlive: true, keepAliveMsecs: 1_000, maxSockets: 64, maxFreeSockets: 16 }

export class Outbound implements Disposable {
  readonly #guard: OutboundGuard
  readonly #limits: OutboundLimits
  readonly #http: HttpAgent
  readonly #https: HttpsAgent

  /** Dispose to close the connections that are kept. */
  constructor(guard: OutboundGuard, limits = OUTBOUND_LIMITS) {
    this.#guard = guard
    this.#limits = limits
    this.#http = new HttpAgent({ ...KEEP_ALIVE, lookup: guard.lookup })
    this.#https = new HttpsAgent({ ...KEEP_ALIVE, lookup: guard.lookup })
  }

  /**
   * Sends it once; or twice when a kept connection turns out to have ended, then over a new one.
   *
   * @param signal ends it
   * @throws the reason of the signal; whatever else happens is an answer
   */
  async post(what: OutboundPost, signal: AbortSignal): Promise<OutboundAnswer> {
    const stop = new AbortController()
    const late = setTimeout(() => stop.abort(new DeadlineExceeded()), this.#limits.deadlineMs)
    const either = AbortSignal.any([signal, stop.signal])
    try {
      this.#guard.checkLiteral(what.url)
      return await this.#exchange(what, 'kept', either).catch((err: unknown) => {
        if (!(err instanceof StaleConnection)) throw err
        return this.#exchange(what, 'new', either)
      })
    } catch (err) {
      signal.throwIfAborted()
      return { kind: 'failed', reason: reasonOf(err) }
    } finally {
      clearTimeout(late)
    }
  }

  [Symbol.dispose](): void {
    this.#http.destroy()
    this.#https.destroy()
  }

  #exchange(what: OutboundPost, connection: Connection, signal: AbortSignal): Promise<OutboundAnswer> {
    const request = this.#start(what, connection)
    const { promise, end } = answerOf(request)
    const stop = () => end(signal.reason as Error)
    if (signal.aborted) stop()
    signal.addEventListener('abort', stop)
    return promise.finally(() => signal.removeEventListener('abort', stop))
  }

  #start({ url, headers, body }: OutboundPost, connection: Connection): ClientRequest {
    const isTls = url.protocol === 'https:'
    const request = (isTls ? httpsRequest : httpRequest)(url, {
      method: 'POST',
      agent: connection === 'kept' && (isTls ? this.#https : this.#http),
      lookup: this.#guard.lookup,
      headers: { ...headers, 'content-length': Buffer.byteLength(body) },
      maxHeaderSize: this.#limits.maxHeaderBytes,
    })
    request.end(body)
    return request
  }
}

/** `kept`: if there is one. */
type Connection = 'kept' | 'new'

/** The other end has closed a kept connection at the moment when we used it. */
class StaleConnection extends Error {}

function answerOf(request: ClientRequest): {
  readonly promise: Promise<OutboundAnswer>
  /** Rejects with this, whatever the connection says when it is cut. */
  readonly end: (why: Error) => void
} {
  let end: (why: Error) => void = () => {}
  const promise = new Promise<OutboundAnswer>((resolve, reject) => {
    end = (why) => {
      reject(why)
      request.destroy(why)
    }
    request.on('error', (err) => reject(isStale(request, err) ? new StaleConnection() : err))
    request.on('response', (response) => readAnswer(response).then(resolve, reject))
  })
  return { promise, end }
}

async function readAnswer(response: IncomingMessage): Promise<OutboundAnswer> {
  const seconds = /^\d{1,9}$/.exec(response.headers['retry-after'] ?? '')?.[0]
  return {
    kind: 'answered',
    status: response.statusCode ?? 0,
    excerpt: await readExcerpt(response),
    retryAfterMs: seconds === undefined ? null : Number(seconds) * 1000,
  }
}

function isStale(request: ClientRequest, { code }: NodeJS.ErrnoException): boolean {
  return request.reusedSocket && (code === 'ECONNRESET' || code === 'EPIPE')
}
