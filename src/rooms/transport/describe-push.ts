/** What the door needs to know of a push that came over HTTP. */
import type { FastifyRequest } from 'fastify'
import type { ReceivePackRequest } from '../../git/wire/receive-pack-request.ts'
import { actorOf } from '../../http/actor.ts'
import { maxPackBytes } from '../../kernel/access.ts'
import type { FoundRepository } from '../../kernel/directory.ts'
import type { RepoId } from '../../kernel/ids.ts'
import type { Push } from '../../kernel/policy.ts'
import { principalKey } from '../../kernel/principal.ts'
import type { PushReply } from './push-reply.ts'

/** Waits for a place among the running git processes. @throws AppError `OVERLOADED` */
export type Admission = (
  who: { readonly repoId: RepoId; readonly principal: string },
  signal: AbortSignal,
) => Promise<Disposable>

export interface PushCircumstances {
  readonly found: FoundRepository
  readonly request: FastifyRequest
  readonly received: ReceivePackRequest
  readonly answer: PushReply
  readonly admit: Admission
  readonly signal: AbortSignal
}

export function describePush({ found, request, received, answer, admit, signal }: PushCircumstances): Push {
  const { principal } = request
  return {
    repo: found.repo,
    principal,
    resource: found.resource,
    via: 'git',
    updates: received.updates,
    atomic: received.capabilities.has('atomic'),
    options: received.options,
    announcedBytes: announcedBytes(request),
    maxPackBytes: maxPackBytes(
      principal,
      found.resource,
      received.updates.map((update) => update.ref),
    ),
    readsRedirections: received.capabilities.has('report-status-v2'),
    agentId: actorOf(request).agentId,
    address: request.ip,
    admit: () => admit({ repoId: found.repo.id, principal: principalKey(principal) }, signal),
    progress: (text) => answer.progress(text),
    remark: (line) => answer.remark(line),
    signal,
  }
}

/**
 * Our own client, git-remote-sluice, announces the pack. It reads the answer while it sends, and stops
 * when one comes.
 */
export const SIZE_HEADER = 'x-sluice-push-size'

/**
 * What our own client says beforehand; otherwise the length of a body that is not chunked bounds it. A
 * lie gains nothing: the pack is held to every limit as it comes.
 */
function announcedBytes(request: FastifyRequest): number | null {
  const announced = request.headers[SIZE_HEADER] ?? request.headers['content-length']
  return /^\d{1,15}$/.test(String(announced)) ? Number(announced) : null
}
