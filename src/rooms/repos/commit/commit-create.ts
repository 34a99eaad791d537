/** `POST /repos/{org}/{repo}/commits`: a commit without a clone, through the same door as a push. */
import type { FastifyRequest } from 'fastify'
import type { z } from 'zod'
import type { Signature } from '../../../git/objects/commit.ts'
import type { Revisions } from '../../../git/revisions.ts'
import { wholeLines } from '../../../git/writing/commit-text.ts'
import type { KnownTrees } from '../../../git/writing/known-trees.ts'
import { makeCommit } from '../../../git/writing/make-commit.ts'
import { strongEtag } from '../../../http/conditional.ts'
import {
  accessBelow,
  REPOSITORY_PREFIX,
  RepositoryParams,
  type FindDeleted,
} from '../../../http/repository-routes.ts'
import { writerOf } from '../../../http/writer.ts'
import { failures, type ZodApp } from '../../../http/zod-app.ts'
import type { Door } from '../../../kernel/door.ts'
import { identityOf } from '../../../kernel/identity.ts'
import { branchRef, type Oid } from '../../../kernel/ids.ts'
import { land } from '../../../kernel/land.ts'
import type { Clock } from '../../../kernel/ports.ts'
import { checkHead, expectedHeads } from './check-head.ts'
import { CommitBody, CommitResult } from './commit-body.ts'
import { prepareChanges } from './prepare-changes.ts'
import { startOf } from './start-of-branch.ts'

export interface CommitCreateParts {
  readonly door: Door
  readonly trees: KnownTrees
  readonly revisions: Pick<Revisions, 'commit'>
  readonly findDeleted: FindDeleted
  readonly clock: Clock
}

/** 32 MiB of content as base64, and as much again as a third of that for names and escapes. */
const MAX_BODY_BYTES = 48 * 1024 * 1024

export function commitCreateRoute(app: ZodApp, parts: CommitCreateParts): void {
  const { door, trees, findDeleted, clock } = parts
  app.post(
    `${REPOSITORY_PREFIX}/commits`,
    {
      bodyLimit: MAX_BODY_BYTES,
      config: { access: accessBelow('write', findDeleted), idempotent: true },
      schema: {
        summary: 'Commit without a clone',
        tags: ['commits'],
        params: RepositoryParams,
        body: CommitBody,
        response: { 201: CommitResult, ...failures(400, 401, 403, 404, 409, 410, 412, 413, 422, 429, 503) },
      },
    },
    async (request, reply) => {
      const { repo } = request.found
      const { branch, message, changes, startPoint, start_point } = request.body
      const expected = expectedHeads(request, request.body.expectedHead)
      const { bytes, ...prepared } = prepareChanges(changes, repo.objectFormat)
      let parent: Oid | null = null
      const { oid } = await land(door, writerOf(request), {
        branch: branchRef(branch),
        via: 'api',
        bytes,
        make: async (head, quarantine) => {
          checkHead(expected, head)
          parent = await startOf({ ...parts, repo }, head, startPoint ?? start_point)
          const signatures = signaturesOf(request, request.body.author, clock.now())
          const commit = { ...prepared, ...signatures, parent, message: wholeLines(message) }
          return makeCommit(trees, repo, quarantine, commit)
        },
      })
      const address = `${app.prefix}/repos/${repo.orgSlug}/${repo.slug}/commits/${oid}`
      reply.code(201).header('location', address).header('etag', strongEtag(oid))
      return { sha: oid, parent, branch }
    },
  )
}

function signaturesOf(
  { principal }: FastifyRequest,
  author: z.output<typeof CommitBody>['author'],
  nowMs: number,
): { author: Signature; committer: Signature } {
  const now = { seconds: Math.floor(nowMs / 1000), zone: '+0000' }
  const committer = { ...identityOf(principal), ...now }
  if (author === undefined) return { author: committer, committer }
  const { name, email, date } = author
  return { author: { name, email, ...(date === undefined ? now : timeOf(date)) }, committer }
}

/** @param date ISO 8601 with `Z` or an offset of hours and minutes */
function timeOf(date: string): Pick<Signature, 'seconds' | 'zone'> {
  const [, sign = '+', hours = '00', minutes = '00'] = /([+-])(\d\d):(\d\d)$/.exec(date) ?? []
  return { seconds: Math.floor(Date.parse(date) / 1000), zone: `${sign}${hours}${minutes}` }
}
