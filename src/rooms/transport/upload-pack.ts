/**
 * `POST …/git-upload-pack`: ls-refs and bundle-uri of protocol v2 in process, packs as answer-fetch.ts finds
 * them, everything else from `git upload-pack`, streamed both ways.
 *
 * @see gitprotocol-v2(5), git-upload-pack(1)
 */
import type { FastifyReply, FastifyRequest } from 'fastify'
import { ByteSource } from '../../git/byte-source.ts'
import { checkBundleUriArgs } from '../../git/wire/bundle-uri.ts'
import { parseFetchArguments } from '../../git/wire/fetch-arguments.ts'
import {
  checkUploadRequestStart,
  parseCommandRequest,
  parseCommandStart,
} from '../../git/wire/fetch-request.ts'
import { partyOf } from '../../http/rate-limit.ts'
import type { FoundRepository, ReadGate, Staleness } from '../../kernel/directory.ts'
import { AppError } from '../../kernel/errors.ts'
import type { RepoId } from '../../kernel/ids.ts'
import type { RepoHandle, Repository } from '../../kernel/repository.ts'
import { abortWhenGone } from '../../http/client-gone.ts'
import { answerFetch, type AnswerFetchParts } from './answer-fetch.ts'
import type { ListSender } from './list-sender.ts'
import { errorPacket, warningOf } from './passed-gate.ts'
import { NO_CACHE, parseProtocolVersion, type ProtocolVersion } from './protocol.ts'
import { openRequestBody } from './request-body.ts'

export interface UploadPackParts extends AnswerFetchParts {
  /** Answer to ls-refs, whole. */
  readonly lsRefs: (repo: Repository, args: readonly string[]) => Promise<Buffer>
  /** Answer to bundle-uri, whole. Its bundles pass the read gate themselves. */
  readonly bundleUri: (repo: Repository) => Promise<Buffer>
  readonly lists: ListSender
  readonly readGate: ReadGate
  /** How old the refs are that a client was shown just now, where they are older than they should be. */
  readonly staleness: (repo: Repository) => Promise<Staleness | null>
  /** A pack is made for somebody; a long negotiation counts more than once. */
  readonly countFetch: (id: RepoId) => void
  readonly bodyIdleMs: number
}

/** A request that is not whole by then is a fetch with very many haves, and goes to git as it comes. */
const MAX_HELD_BYTES = 256 * 1024
/** Commands of protocol v2 that git answers; `ls-refs` only when its list of prefixes is very long. */
const GIT_COMMANDS: ReadonlySet<string> = new Set(['fetch', 'object-info', 'ls-refs'])
const NO_ANSWER = Buffer.alloc(0)
const RESULT = 'application/x-git-upload-pack-result'

export async function answerUploadPack(
  parts: UploadPackParts,
  { repo }: FoundRepository,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const version = parseProtocolVersion(request.headers['git-protocol'])
  const body = new ByteSource(openRequestBody(request.raw), { idleMs: parts.bodyIdleMs })
  const start = await readStart(body)
  const question = checkStart(start, version, repo)
  const refusal = showsRefs(question) ? await refusalOf(parts.readGate(repo, request.principal)) : null
  if (question.kind === 'ls-refs' && refusal === null)
    return parts.lists.send(await parts.lsRefs(repo, question.args), RESULT, request, reply)
  if (question.kind === 'bundle-uri')
    return parts.lists.send(await parts.bundleUri(repo), RESULT, request, reply)
  void reply.headers(NO_CACHE).type(RESULT)
  if (refusal !== null) return reply.send(refusal)
  if (question.kind === 'nothing') return reply.send(NO_ANSWER)
  if (repo.state === 'provisional') throw new AppError('REPO_NOT_FOUND') // no ref of it was shown to anybody

  const stale = version === 2 ? await parts.staleness(repo) : null
  const remark = stale && warningOf(stale)
  const signal = abortWhenGone(reply.raw)
  // one stranger who reads slowly must not hold the places of all who are not signed in
  const party = partyOf(request.principal, request.ip)
  parts.countFetch(repo.id)
  const args = question.args && parseFetchArguments(question.args, repo)
  await answerFetch(parts, { repo, version, args, start: start.bytes, body, remark, party, signal }, reply)
  return reply
}

interface Start {
  readonly bytes: Buffer
  /** Nothing follows. */
  readonly whole: boolean
}

async function readStart(body: ByteSource): Promise<Start> {
  const chunks: Buffer[] = []
  let bytes = 0
  while (bytes <= MAX_HELD_BYTES) {
    const chunk = await body.readSome()
    if (chunk === null) return { bytes: Buffer.concat(chunks), whole: true }
    chunks.push(chunk)
    bytes += chunk.length
  }
  return { bytes: Buffer.concat(chunks), whole: false }
}

type Question =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'ls-refs'; readonly args: readonly string[] }
  | { readonly kind: 'bundle-uri' }
  /** `command`: of protocol v2. `args`: those of a fetch that is whole. */
  | { readonly kind: 'git'; readonly command: string | null; readonly args: readonly string[] | null }

/** @throws AppError `MALFORMED_PACKET`, `MALFORMED_REQUEST` */
function checkStart(start: Start, version: ProtocolVersion, repo: RepoHandle): Question {
  if (version !== 2) {
    const wants = checkUploadRequestStart(start.bytes) === 'wants'
    return wants ? { kind: 'git', command: null, args: null } : { kind: 'nothing' }
  }
  if (!start.whole) return checkCommand(parseCommandStart(start.bytes, repo).command, null)
  const request = parseCommandRequest(start.bytes, repo)
  if (request === null) return { kind: 'nothing' }
  const { command, args } = request
  if (command === 'ls-refs') return { kind: command, args }
  if (command !== 'bundle-uri') return checkCommand(command, args)
  checkBundleUriArgs(args)
  return { kind: command }
}

function checkCommand(command: string, args: readonly string[] | null): Question {
  if (!GIT_COMMANDS.has(command)) {
    throw new AppError('MALFORMED_REQUEST', { details: { reason: 'unknown command' } })
  }
  return { kind: 'git', command, args: command === 'fetch' ? args : null }
}

function showsRefs(question: Question): boolean {
  return question.kind === 'ls-refs' || (question.kind === 'git' && question.command === 'ls-refs')
}

/** @returns the answer of whom the gate does not let pass; `null`: it does */
async function refusalOf(passed: Promise<Staleness | null>): Promise<Buffer | null> {
  try {
    await passed
    return null
  } catch (err) {
    return errorPacket(err)
  }
}
