/** `GET …/bundles/{name}`: a bundle, or a range of its bytes. What a name stands for never changes. */
import { open, type FileHandle } from 'node:fs/promises'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { BundleCounts } from '../../git/bundles/bundle-counts.ts'
import type { Bundles } from '../../git/bundles/bundles.ts'
import type { SlabPool } from '../../git/launcher/slab-pool.ts'
import { takeRange } from '../../http/byte-range.ts'
import { abortWhenGone } from '../../http/client-gone.ts'
import { isFresh } from '../../http/conditional.ts'
import { partyOf } from '../../http/rate-limit.ts'
import { sendHead } from '../../http/streamed-answer.ts'
import { AppError } from '../../kernel/errors.ts'
import type { RepoId } from '../../kernel/ids.ts'
import { sendFilePart } from './send-file.ts'

export interface ReadBundleParts {
  readonly bundles: Pick<Bundles, 'find'>
  readonly counts: BundleCounts
  readonly slabs: SlabPool
  /** A place among those who are given an answer that needs no git of their own. @throws AppError `OVERLOADED` */
  readonly admitReader: (
    who: { readonly repoId: RepoId; readonly principal: string },
    signal: AbortSignal,
  ) => Promise<Disposable>
}

/** A cache that keeps one for longer would give away what was taken back meanwhile. */
const MAX_AGE_SECONDS = 300

/** @throws AppError `NOT_FOUND`, `RANGE_NOT_SATISFIABLE`, `OVERLOADED`; as `Bundles.find` */
export async function readBundle(
  { bundles, counts, slabs, admitReader }: ReadBundleParts,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { name = '' } = request.params as { readonly name?: string }
  const { repo } = request.found
  const who = { repoId: repo.id, principal: partyOf(request.principal, request.ip) }
  using _place = await admitReader(who, abortWhenGone(reply.raw))
  const bundle = await bundles.find(repo, name) // not before: it may have been waiting for long
  if (bundle === null) throw noSuchBundle()
  await using file = await openBundle(bundle.path)
  const { size } = await file.stat()
  const etag = `"${bundle.creationToken}-${size}"`
  const isKnown = isFresh(request, reply, etag)
  reply.header('cache-control', cacheControlFor(request))
  if (isKnown) return sendEmpty(reply.code(304))
  const range = takeRange(request, reply, etag, size)
  reply.headers({
    'accept-ranges': 'bytes',
    'content-length': range.to + 1 - range.from,
    'content-type': 'application/x-git-bundle',
    'x-content-type-options': 'nosniff',
  })
  const sent = await sendFilePart(reply, slabs, { file, range })
  counts.sentBytes += sent
  if (sent > 0) counts.sent++
  return reply
}

/** Past Fastify, which would say to HEAD that it is of length 0. @see RFC 9110, section 8.6 */
function sendEmpty(reply: FastifyReply): FastifyReply {
  sendHead(reply)
  reply.raw.end()
  return reply
}

/** It may have gone since it was found. */
async function openBundle(path: string): Promise<FileHandle> {
  try {
    return await open(path)
  } catch (err) {
    throw (err as NodeJS.ErrnoException).code === 'ENOENT' ? noSuchBundle() : err
  }
}

/** What is shown to somebody who is not signed in is shown to everybody. */
function cacheControlFor({ principal }: FastifyRequest): string {
  return `${principal.kind === 'anonymous' ? 'public' : 'private'}, max-age=${MAX_AGE_SECONDS}`
}

function noSuchBundle(): AppError {
  return new AppError('NOT_FOUND', { details: { reason: 'no such bundle; fetch without it' } })
}
