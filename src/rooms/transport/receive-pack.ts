/**
 * `POST …/git-receive-pack`: one push, from request body to report-status. What may move is decided
 * by the door; here it is read, answered and, if need be, drained.
 *
 * A refused client is let finish: one that is answered and cut off while it sends shows "Broken
 * pipe", or even "Everything up-to-date", instead of the refusal. So remarks go out at once, the
 * rest of the pack is read and thrown away, and the report follows.
 */
import type { FastifyReply, FastifyRequest } from 'fastify'
import { ByteSource } from '../../git/byte-source.ts'
import { readReceivePackRequest, type ReceivePackRequest } from '../../git/wire/receive-pack-request.ts'
import { headersOf, waitOf, type ErrorLog } from '../../http/error-rendering.ts'
import type { FoundRepository } from '../../kernel/directory.ts'
import type { Door } from '../../kernel/door.ts'
import { AppError, type RefusalCode } from '../../kernel/errors.ts'
import { refuse, type Redirection, type RefUpdate } from '../../kernel/ref-update.ts'
import type { Repository } from '../../kernel/repository.ts'
import { isStorageFull } from '../../kernel/storage-full.ts'
import { updateRefs, type PushOutcome } from '../../kernel/update-refs.ts'
import { abortWhenGone } from '../../http/client-gone.ts'
import { describePush, type Admission } from './describe-push.ts'
import { patienceWith, type Patience } from './patience.ts'
import { NO_CACHE } from './protocol.ts'
import type { PushCounts } from './push-counts.ts'
import { APPLIED_HEADER, PushReply, type PushApplied } from './push-reply.ts'
import { discardAfter, openRequestBody } from './request-body.ts'

export interface ReceivePackParts {
  readonly door: Door
  readonly admit: Admission
  /** Counts a push; probes are free. @throws AppError `RATE_LIMITED` */
  readonly countPush: (request: FastifyRequest, reply: FastifyReply) => Promise<void>
  readonly pushes: PushCounts
  readonly log: ErrorLog
  /** A repository that was made for this push is kept or thrown away by what came of it. */
  readonly settleProvision: (found: FoundRepository, moved: boolean) => Promise<void>
  /** What follows from refs that have moved, and is to be seen before the pusher hears of it; does not throw. */
  readonly onMoved: (repo: Repository, moved: readonly RefUpdate[]) => Promise<void>
  /** Lines for the pusher about refs that have moved. @param opts.json one object a line */
  readonly notesOf: (
    repo: Repository,
    applied: Applied,
    opts: { readonly json: boolean },
  ) => Promise<readonly string[]>
  readonly bodyIdleMs: number
  /** Bytes of a refused push that are read and thrown away. */
  readonly discardBudgetBytes: number
}

/** What a push has done. */
export interface Applied {
  /** As it was asked for. */
  readonly moved: readonly RefUpdate[]
  readonly redirected: readonly Redirection[]
}

export async function answerReceivePack(
  parts: ReceivePackParts,
  found: FoundRepository,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const body = new ByteSource(openRequestBody(request.raw), { idleMs: parts.bodyIdleMs })
  discardAfter(reply.raw, body, parts.discardBudgetBytes)
  const received = await readReceivePackRequest(body, found.repo)
  if (received.isProbe) {
    return reply.headers(NO_CACHE).type('application/x-git-receive-pack-result').send(Buffer.alloc(0))
  }
  const answer = new PushReply(reply.raw, received.capabilities)
  const decided = await decide(parts, { found, request, reply, received, answer })
  parts.pushes.add(decided.outcome.results)
  const applied = appliedOf(received, decided)
  if (applied.moved.length > 0) await parts.onMoved(found.repo, applied.moved)
  if (isRetryable(decided.error) && !answer.begun) {
    void reply.header(APPLIED_HEADER, decided.applied)
    throw decided.error
  }
  reply.hijack()
  const json = wantsJson(received)
  const notes = await notesOf(parts, found.repo, applied, { json })
  await report(answer, body, decided, { json, notes, ...patienceWith(request, parts.discardBudgetBytes) })
  return reply
}

interface Received {
  readonly found: FoundRepository
  readonly request: FastifyRequest
  readonly reply: FastifyReply
  readonly received: ReceivePackRequest
  readonly answer: PushReply
}

interface Decided {
  readonly outcome: PushOutcome
  readonly applied: PushApplied
  readonly error?: unknown
}

async function decide(parts: ReceivePackParts, from: Received): Promise<Decided> {
  const { found, request, reply, received, answer } = from
  const signal = abortWhenGone(reply.raw)
  using _keepAlive = answer.keepAlive()
  let moved = false
  try {
    await count(parts, request, reply)
    const push = describePush({ found, request, received, signal, admit: parts.admit, answer })
    await using quarantine = parts.door.store.openQuarantine(found.repo)
    const outcome = await updateRefs(parts.door, push, quarantine, received.pack)
    moved = outcome.results.some((result) => result.ok)
    return { outcome, applied: moved ? 'applied' : 'not-applied' }
  } catch (error) {
    if (!signal.aborted) logFailure(parts.log, error, request)
    const code = refusalOf(error)
    moved = code === 'OUTCOME_UNKNOWN' // recovery looks at the refs: a repository made for them must stay
    const hint = waitHint(error)
    const results = received.updates.map(
      ({ ref }) => ({ ref, ok: false, refusal: { ...refuse(code, ref), ...hint } }) as const,
    )
    return { outcome: { unpack: 'ok', results }, applied: moved ? 'indeterminate' : 'not-applied', error }
  } finally {
    await parts.settleProvision(found, moved)
  }
}

/** A report is written past Fastify, so what stands in its headers is handed on: limits, request id. */
async function count(parts: ReceivePackParts, request: FastifyRequest, reply: FastifyReply): Promise<void> {
  try {
    await parts.countPush(request, reply)
  } catch (err) {
    if (err instanceof AppError) void reply.headers(headersOf(err))
    throw err
  } finally {
    for (const [name, value] of Object.entries(reply.getHeaders())) {
      if (value !== undefined) reply.raw.setHeader(name, value)
    }
  }
}

function refusalOf(error: unknown): RefusalCode {
  if (!(error instanceof AppError)) return isStorageFull(error) ? 'STORAGE_FULL' : 'INTERNAL'
  return error.code === 'OUTCOME_UNKNOWN' || error.code === 'RATE_LIMITED' ? error.code : 'INTERNAL'
}

function waitHint(error: unknown): { readonly hint?: string } {
  const wait = error instanceof AppError ? waitOf(error) : null
  return wait === null ? {} : { hint: `push again in ${wait}` }
}

function logFailure(log: ErrorLog, err: unknown, request: FastifyRequest): void {
  if (err instanceof AppError && err.status < 500) return
  log.error({ err, requestId: request.id, route: request.routeOptions.url }, 'push failed')
}

/** Says why at once, reads the client to its end, then reports; over the budget it reports and hangs up. */
async function report(
  answer: PushReply,
  body: ByteSource,
  { outcome, applied }: Decided,
  opts: { json: boolean; notes: readonly string[] } & Patience,
): Promise<void> {
  answer.remarks(outcome, opts)
  using _keepAlive = answer.keepAlive()
  const drained = await body.discard(opts.budgetBytes).catch((err: unknown) => (isSilent(err) ? null : false))
  if (drained === null) return answer.abandon()
  if (drained) return answer.finish(outcome, applied)
  const firstRefusal = outcome.results.find((result) => !result.ok)
  const unpack = firstRefusal ? firstRefusal.refusal.reason : outcome.unpack
  answer.finish({ ...outcome, unpack }, applied, opts)
}

/** Gone, or as good as gone. One whose body makes no sense still reads its report. */
function isSilent(error: unknown): boolean {
  return error instanceof AppError && (error.code === 'REQUEST_ABORTED' || error.code === 'REQUEST_TIMEOUT')
}

/** The client may simply send it again: an HTTP status says so better than a report. */
function isRetryable(error: unknown): boolean {
  return error instanceof AppError && error.status === 503
}

function appliedOf({ updates }: ReceivePackRequest, { outcome }: Decided): Applied {
  const redirected = outcome.results.flatMap((result) => (result.ok ? (result.redirection ?? []) : []))
  const elsewhere = new Set(redirected.map(({ ref }) => ref))
  const moved = updates.filter(({ ref }, i) => outcome.results[i]?.ok === true && !elsewhere.has(ref))
  return { moved, redirected }
}

/** The push stands, whether or not there is something to say about it. */
async function notesOf(
  parts: ReceivePackParts,
  ...about: Parameters<ReceivePackParts['notesOf']>
): Promise<readonly string[]> {
  try {
    return await parts.notesOf(...about)
  } catch (err) {
    parts.log.warn({ err }, 'a push could not be remarked upon')
    return []
  }
}

function wantsJson(received: ReceivePackRequest): boolean {
  return received.options.includes('json')
}
