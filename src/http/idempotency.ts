/**
 * `Idempotency-Key`: a POST that a client sends again because it did not see the answer gets the
 * first answer again. Only routes with `config.idempotent`.
 *
 * @see draft-ietf-httpapi-idempotency-key-header
 */
import { createHash } from 'node:crypto'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { AppError, ERRORS } from '../kernel/errors.ts'
import { principalKey, subjectOf, type Principal } from '../kernel/principal.ts'

export interface RememberedResponse {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** The key belongs to who sent it: two principals never meet under one. */
export interface IdempotencyKey {
  /** See `ownerOf`. */
  readonly principal: string
  /** SHA-256 of what the client sent, base64url: that is kept, and could be anything. */
  readonly key: string
}

/** Keeps answers for 24 hours. A request that died with its server does not hold its key for ever. */
export interface IdempotencyStore {
  /**
   * Of several at once, exactly one gets `first`.
   *
   * @throws AppError `IDEMPOTENCY_KEY_REUSED`: the key was used with another request
   */
  begin(
    which: IdempotencyKey,
    requestHash: string,
  ): Promise<
    | { readonly state: 'first' }
    | { readonly state: 'running' }
    | { readonly state: 'finished'; readonly response: RememberedResponse }
  >
  finish(which: IdempotencyKey, response: RememberedResponse): Promise<void>
  /** It failed for reasons of ours: the key is free again. */
  abandon(which: IdempotencyKey): Promise<void>
}

const KEY = /^[\x21-\x7e]{1,255}$/
/** As the envelope writes it. */
const STALE = `"code":"${ERRORS.REF_STALE.envelope}"`
const KEPT_HEADERS = ['content-type', 'location', 'etag'] as const

/** For every route that is registered after this call. */
export function honourIdempotencyKeys(app: FastifyInstance, store: IdempotencyStore): void {
  const claims = new WeakMap<FastifyRequest, IdempotencyKey>()

  const begin = async (request: FastifyRequest, reply: FastifyReply): Promise<unknown> => {
    const key = keyOf(request)
    if (key === null) return
    const attempt = await store.begin(key, hashOf(request))
    if (attempt.state === 'first') return void claims.set(request, key)
    if (attempt.state === 'running') throw stillRunning()
    return replay(reply, attempt.response)
  }

  const end = async (request: FastifyRequest, reply: FastifyReply, payload: unknown): Promise<unknown> => {
    const key = claims.get(request)
    if (key === undefined) return payload
    claims.delete(request)
    const answer = answerOf(reply, payload)
    await (answer ? store.finish(key, answer) : store.abandon(key))
    return payload
  }

  app.addHook('onRoute', (route) => {
    if (!route.config?.idempotent) return
    route.preHandler = [...[route.preHandler ?? []].flat(), begin] // who may no longer ask gets no answer again
    route.onSend = [...[route.onSend ?? []].flat(), end]
  })
}

function keyOf(request: FastifyRequest): IdempotencyKey | null {
  const given = request.headers['idempotency-key']
  if (given === undefined) return null
  if (typeof given !== 'string' || !KEY.test(given)) {
    const fault = { path: 'headers.idempotency-key', message: 'must be 1 to 255 visible ASCII characters' }
    throw new AppError('VALIDATION_ERROR', { details: [fault] })
  }
  return { principal: ownerOf(request.principal), key: sha256(given) }
}

/**
 * Who may have an answer again: the same party, for the same subject, with a credential of the same
 * reach. A narrower one of the same account could not have had the answer itself.
 */
function ownerOf(principal: Principal): string {
  const reach = JSON.stringify([subjectOf(principal), principal.grants])
  return `${principalKey(principal)} ${sha256(reach)}`
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('base64url')
}

/**
 * SHA-256, hex. The body is the validated one, so its members stand in the schema's order. A precondition belongs
 * to it: who has seen that one fail, and names another head, asks something else.
 */
function hashOf({ method, url, body, headers }: FastifyRequest): string {
  const expected = headers['if-match'] === undefined ? '' : `\0${headers['if-match']}`
  const text = `${method} ${url}\0${JSON.stringify(body ?? null)}${expected}`
  return createHash('sha256').update(text).digest('hex')
}

function stillRunning(): AppError {
  const reason = 'the first request with this Idempotency-Key is still running'
  return new AppError('CONFLICT', { details: { reason, retryAfterSeconds: 1 } })
}

function replay(reply: FastifyReply, answer: RememberedResponse): FastifyReply {
  return reply
    .code(answer.status)
    .headers(answer.headers)
    .header('idempotent-replayed', 'true')
    .send(answer.body === '' ? undefined : answer.body)
}

/**
 * `null` for what must not be repeated: our own failures, a race that was lost, bodies that are streams, and
 * refusals that nobody is there to read, as they may be for that reason alone.
 */
function answerOf(reply: FastifyReply, payload: unknown): RememberedResponse | null {
  const body = payload ?? ''
  if (reply.statusCode >= 500 || typeof body !== 'string') return null
  if (reply.statusCode >= 400 && reply.raw.destroyed) return null
  if (reply.statusCode === ERRORS.REF_STALE.status && body.includes(STALE)) return null
  const headers: Record<string, string> = {}
  for (const name of KEPT_HEADERS) {
    const value = reply.getHeader(name)
    if (value !== undefined) headers[name] = String(value)
  }
  return { status: reply.statusCode, headers, body }
}
