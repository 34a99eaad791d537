/**
 * The ways in which a fetch is answered, in order; the first that can answers it. Who asks may read the
 * repository: that was checked before. What he asks for has to be there now, whatever is kept.
 */
import type { FastifyReply } from 'fastify'
import { objectsHere } from '../../git/objects/objects-here.ts'
import type { ReadyAnswer } from '../../git/ready-answer.ts'
import type { FetchArguments } from '../../git/wire/fetch-arguments.ts'
import { PackfileRemark } from '../../git/wire/packfile-remark.ts'
import { bodyOf } from '../../http/streamed-answer.ts'
import type { RepoHandle } from '../../kernel/repository.ts'
import type { Admission } from './describe-push.ts'
import { streamFetch, type Fetch, type FetchParts } from './stream-fetch.ts'

/** Full clones that are one file on disk. */
export interface VerbatimClones {
  /** `null`: this is no full clone, or no pack holds exactly what it gets. Opens files: dispose it. */
  find(repo: RepoHandle, args: FetchArguments): Promise<ReadyAnswer | null>
}

export interface AnswerFetchParts extends FetchParts {
  readonly admit: Admission
  readonly verbatim: VerbatimClones
}

export interface AskedFetch extends Fetch {
  /** `null`: unusual, or of a protocol before v2, or too long to be read first. */
  readonly args: FetchArguments | null
  /** Whose place among the running gits it takes. */
  readonly party: string
}

/** @throws AppError while nothing was sent yet; see `streamFetch` */
export async function answerFetch(
  parts: AnswerFetchParts,
  fetch: AskedFetch,
  reply: FastifyReply,
): Promise<void> {
  const { repo, args } = fetch
  if (args !== null && isAllHere(repo, args)) {
    const clone = await parts.verbatim.find(repo, args)
    if (clone !== null && (await sendReady(clone, fetch, reply))) return
  }
  await answerByGit(parts, fetch, reply)
}

/** git shows who may read a repository each object of it; what is not there is git's to refuse. */
function isAllHere(repo: RepoHandle, { wants }: FetchArguments): boolean {
  return objectsHere(repo, wants).size === wants.length
}

/** @returns `false`: nothing was sent, so another way is left */
async function sendReady(answer: ReadyAnswer, fetch: AskedFetch, reply: FastifyReply): Promise<boolean> {
  await using ready = answer
  const remark = fetch.remark === null ? undefined : new PackfileRemark(fetch.remark).pass
  try {
    await ready.writeInto(bodyOf(reply, remark))
  } catch {
    if (!reply.raw.headersSent && !reply.raw.destroyed) return false
    reply.hijack()
    reply.raw.destroy() // cut: no client takes it for whole
    return true
  }
  reply.raw.end()
  return true
}

async function answerByGit(parts: AnswerFetchParts, fetch: AskedFetch, reply: FastifyReply): Promise<void> {
  const who = { repoId: fetch.repo.id, principal: fetch.party }
  using _place = await parts.admit(who, fetch.signal)
  await streamFetch(parts, fetch, reply)
}
