/**
 * The ways in which a fetch is answered, in order; the first that can answers it. Who asks may read the
 * repository: that was checked before. What he asks for has to be there now, whatever is kept.
 */
import type { FastifyReply } from 'fastify'
import { areAllHere } from '../../git/objects/objects-here.ts'
import type { ReadyAnswer } from '../../git/ready-answer.ts'
import type { FetchArguments } from '../../git/wire/fetch-arguments.ts'
import { PackfileRemark } from '../../git/wire/packfile-remark.ts'
import { bodyOf } from '../../http/streamed-answer.ts'
import type { RepoHandle } from '../../kernel/repository.ts'
import type { Admission } from './describe-push.ts'
import { findShared, type SharedFetch, type SharedFetchParts } from './shared-fetch.ts'
import { streamFetch, type Fetch } from './stream-fetch.ts'

/** Full clones that are one file on disk. */
export interface VerbatimClones {
  /** `null`: this is no full clone, or no pack holds exactly what it gets. Opens files: dispose it. */
  find(repo: RepoHandle, args: FetchArguments): Promise<ReadyAnswer | null>
}

export interface AnswerFetchParts extends SharedFetchParts {
  readonly verbatim: VerbatimClones
  /** A place among those who are given an answer that needs no git of their own. */
  readonly admitReader: Admission
  /** Called with what a client asks for and may have. */
  readonly onAsked: (repo: RepoHandle, args: FetchArguments) => void
}

export interface AskedFetch extends Fetch {
  /** `null`: unusual, or of a protocol before v2, or too long to be read first. */
  readonly args: FetchArguments | null
  /** Whose place it takes. */
  readonly party: string
}

type PlainFetch = AskedFetch & SharedFetch

/** @throws AppError while nothing was sent yet; see `streamFetch` */
export async function answerFetch(
  parts: AnswerFetchParts,
  fetch: AskedFetch,
  reply: FastifyReply,
): Promise<void> {
  const { args } = fetch
  if (args !== null && (await answerReady(parts, { ...fetch, args }, reply))) return
  await answerByGit(parts, fetch, reply)
}

/** @returns `false`: nothing was sent, so git has to */
async function answerReady(
  parts: AnswerFetchParts,
  fetch: PlainFetch,
  reply: FastifyReply,
): Promise<boolean> {
  const { repo, args, party, signal } = fetch
  using _place = await parts.admitReader({ repoId: repo.id, principal: party }, signal)
  const clone = await parts.verbatim.find(repo, args) // all that is wanted is in the pack that it has opened
  if (clone !== null) parts.onAsked(repo, args)
  if (clone !== null && (await sendReady(clone, fetch.remark, reply))) return true
  // git shows who may read a repository each object of it; what is not there is git's to refuse
  if (!(await areAllHere(repo, args.wants))) return false
  if (clone === null) parts.onAsked(repo, args)
  const shared = await findShared(parts, fetch)
  return shared !== null && (await sendReady(shared, remarkOnShared(fetch), reply))
}

/** In place of git's progress, which nobody has counted for this client. */
function remarkOnShared({ remark, args }: PlainFetch): string | null {
  if (args.flags.has('no-progress')) return remark
  const progress = 'One pack for all who ask for it'
  return remark === null ? progress : `${remark}\n${progress}`
}

/** @returns `false`: nothing was sent, so another way is left */
async function sendReady(answer: ReadyAnswer, remark: string | null, reply: FastifyReply): Promise<boolean> {
  await using ready = answer
  // without it each piece goes out in a frame of its own
  if (remark === null && ready.length !== null) void reply.header('content-length', ready.length)
  try {
    await ready.writeInto(remark === null ? bodyOf(reply) : bodyOf(reply, new PackfileRemark(remark).pass))
  } catch {
    if (!reply.raw.headersSent && !reply.raw.destroyed) {
      void reply.removeHeader('content-length')
      return false
    }
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
