/** `GET …/info/refs`: the ref advertisement, from the snapshot, without a process. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import { AppError } from '../../kernel/errors.ts'
import type { FoundRepository } from '../../kernel/directory.ts'
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
}

/** @throws AppError `REPO_ARCHIVED`: whoever may not push at all learns it here, where git shows it */
export async function answerInfoRefs(
  { advertisements, lists }: InfoRefsParts,
  { repo }: FoundRepository,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const service = parseService(request.query)
  if (service === 'git-receive-pack' && repo.archived) throw new AppError('REPO_ARCHIVED')
  const body =
    service === 'git-receive-pack'
      ? await advertisements.receivePack(repo)
      : await advertisements.uploadPack(repo, parseProtocolVersion(request.headers['git-protocol']))
  return lists.send(body, `application/x-${service}-advertisement`, request, reply)
}
