/**
 * Passes a push on to the upstream of a gate while its refs are locked here: it lands here only where it has
 * landed there. What is in it was looked at before, by others.
 */
import type { ForwardOptions, ForwardReport, ForwardedUpdate } from '../../../git/outbound/upstream-git.ts'
import type { UpstreamRemote } from '../../../git/outbound/upstream-remote.ts'
import { isReserved } from '../../../kernel/commands.ts'
import { AppError } from '../../../kernel/errors.ts'
import { isZero } from '../../../kernel/ids.ts'
import type { PreparedPush, RefUpdatePolicy } from '../../../kernel/policy.ts'
import type { Clock } from '../../../kernel/ports.ts'
import { refuse, type Refusal, type RefUpdate } from '../../../kernel/ref-update.ts'
import type { RepoHandle } from '../../../kernel/repository.ts'
import type { Upstream } from '../../../store/upstreams/upstream.ts'
import type { Upstreams } from '../../../store/upstreams/upstreams.ts'
import { UPSTREAM_PREFIXES } from '../refresh/plan-refresh.ts'
import { hostOf, reasonOf } from '../refresh/unavailable.ts'
import { optionsForUpstream } from './options-for-upstream.ts'
import { refusalsOf, unreachable } from './refusals.ts'
import { inTime } from './in-time.ts'
import { settleUnclear, unknown, type UpstreamLook } from './settle-unclear.ts'

export interface ForwardParts {
  readonly upstreams: Pick<Upstreams, 'of' | 'noteForward'>
  readonly openRemote: (upstream: Upstream) => Promise<UpstreamRemote>
  readonly git: UpstreamLook & {
    /** @throws AppError `UPSTREAM_UNAVAILABLE`: nothing has moved there */
    push(
      remote: UpstreamRemote,
      repo: RepoHandle,
      environment: Readonly<Record<string, string>>,
      updates: readonly ForwardedUpdate[],
      opts: ForwardOptions,
    ): Promise<ForwardReport>
  }
  readonly clock: Clock
  /** After which a push that the upstream has not answered is given up. The door must wait longer than this. */
  readonly deadlineMs: number
  /** Told of what should not have gone wrong; the push is what it is. */
  readonly onFailed: (error: unknown) => void
}

/** What was told to end has that long. */
const ENDING_MS = 3_000

/** @returns the last veto of pushes to gates: what the upstream refuses is refused in its words */
export function forward(parts: ForwardParts): RefUpdatePolicy {
  return {
    name: 'gate.forward',
    concerns: ({ kind }) => kind === 'gate',
    onCommands: ({ updates }) => updates.filter(isForNobody).map(forNobody),
    onPrepared: (push) => passOn(parts, push),
  }
}

/** A client that leaves meanwhile changes nothing: what was begun there is brought to its end here. */
async function passOn(parts: ForwardParts, push: PreparedPush): Promise<readonly Refusal[]> {
  const updates = push.updates.filter(isForUpstream)
  if (updates.length === 0) return []
  const upstream = await parts.upstreams.of(push.repo.id)
  if (upstream === null) throw new AppError('CONFLICT', { details: { reason: 'no gate any more' } })
  const host = hostOf(upstream)
  push.progress(`forwarding to ${host}\n`)
  try {
    const { refs, remarks } = await send(parts, push, upstream, updates)
    note(parts, upstream)
    for (const line of remarks) push.remark?.(line)
    return refusalsOf({ host, atomic: push.atomic, reports: refs, remarks })
  } catch (err) {
    if (!hasNotBegun(err)) {
      note(parts, upstream, 'it fell silent before it said what came of a push')
      throw err
    }
    const reason = reasonOf(err)
    note(parts, upstream, reason)
    return [unreachable(host, reason)]
  }
}

/**
 * @returns what came of each update, none of them unknown
 * @throws AppError `UPSTREAM_UNAVAILABLE`, `OUTBOUND_REFUSED`: nothing has moved there; `OUTCOME_UNKNOWN`
 */
async function send(
  parts: ForwardParts,
  push: PreparedPush,
  upstream: Upstream,
  updates: readonly RefUpdate[],
): Promise<ForwardReport> {
  const signal = AbortSignal.timeout(parts.deadlineMs)
  const remote = await inTime(parts.openRemote(upstream), signal, tookTooLong)
  const { atomic, objects, repo } = push
  const opts = { atomic, pushOptions: optionsForUpstream(push), signal }
  const sending = parts.git.push(remote, repo, await objects.environment(), updates.map(forwarded), opts)
  const ended = AbortSignal.timeout(parts.deadlineMs + ENDING_MS)
  const { refs, remarks } = await inTime(sending, ended, unknown).catch((err: unknown) => {
    if (hasNotBegun(err)) throw err
    parts.onFailed(err) // whatever it was: it may have landed
    return { refs: updates.map(({ ref }) => ({ ref, kind: 'unknown' }) as const), remarks: [] }
  })
  return { refs: await settleUnclear(parts.git, remote, updates, refs), remarks }
}

function tookTooLong(): AppError {
  return new AppError('UPSTREAM_UNAVAILABLE', { details: { reason: 'it took too long' } })
}

function hasNotBegun(err: unknown): err is AppError {
  return err instanceof AppError && (err.code === 'UPSTREAM_UNAVAILABLE' || err.code === 'OUTBOUND_REFUSED')
}

/** Nobody waits for it. */
function note({ upstreams, clock, onFailed }: ForwardParts, { repoId }: Upstream, error?: string): void {
  const told = { at: clock.now(), ...(error === undefined ? {} : { error }) }
  upstreams.noteForward(repoId, told).catch(onFailed)
}

function forwarded({ ref, oldOid, newOid }: RefUpdate): ForwardedUpdate {
  return { ref, oldOid: isZero(oldOid) ? null : oldOid, newOid: isZero(newOid) ? null : newOid }
}

function isForUpstream({ ref }: RefUpdate): boolean {
  return UPSTREAM_PREFIXES.some((prefix) => ref.startsWith(prefix))
}

/** What the server keeps for itself stays here; anything else would be shown as the upstream's, and is not. */
function isForNobody(update: RefUpdate): boolean {
  return !isForUpstream(update) && !isReserved(update.ref)
}

function forNobody({ ref }: RefUpdate): Refusal {
  return { ...refuse('REF_RESERVED', ref), hint: 'to its upstream, a gate passes on branches and tags only' }
}
