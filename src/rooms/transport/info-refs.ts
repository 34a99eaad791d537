/** `GET …/info/refs`: the ref advertisement, from the snapshot, without a process. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import { AppError } from '../../kernel/errors.ts'
import type { FoundRepository, ReadGate } from '../../kernel/directory.ts'
import type { Repository } from '../../kernel/repository.ts'
import type { ListSender } from './list-sender.ts'
import { parseProtocolVersion, parseService, type ProtocolVersion } from './protocol.ts'

export interface Advertisements {
  uploadPack(repo: Repository, version: ProtocolVersion): Promise<Buffer>
  receivePack(repo: Repository): Promise<Buffer>
}

export interface InfoRefsParts {
  readonly advertisements: Advertisements
  readonly lists: ListSender
  readonly readGate: ReadGate
}

/**
 * Protocol v2 shows no refs here, so it asks no upstream.
 *
 * @throws AppError `REPO_ARCHIVED`: whoever may not push at all learns it here, where git shows it; what the
 *   read gate throws
 */
export async function answerInfoRefs(
  { advertisements, lists, readGate }: InfoRefsParts,
  { repo }: FoundRepository,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const service = parseService(request.query)
  if (service === 'git-receive-pack' && repo.archived) throw new AppError('REPO_ARCHIVED')
  const version = service === 'git-receive-pack' ? 0 : parseProtocolVersion(request.headers['git-protocol'])
  if (version !== 2) await readGate(repo, request.principal)
  const body =
    service === 'git-receive-pack'
      ? await advertisements.receivePack(repo)
      : await advertisements.uploadPack(repo, version)
  return lists.send(body, `application/x-${service}-advertisement`, request, reply)
}
