/** `POST …/pulls/{id}/merge`: brings the source onto the target, by the strategy that is asked for. */
import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import { STRATEGIES, type Strategy } from '../../git/merging/merge.ts'
import { expectedEtag } from '../../http/conditional.ts'
import { readerOf } from '../../http/reader.ts'
import { accessBelow, type FindDeleted } from '../../http/repository-routes.ts'
import { writerOf } from '../../http/writer.ts'
import { failures, type ZodApp } from '../../http/zod-app.ts'
import { deleteSource } from './delete-source.ts'
import { PULL, PullParams, Sha } from './fields.ts'
import { checkNotArchived } from './may-change.ts'
import { mergePull, type Merged, type MergePullParts } from './merge-pull.ts'

const ALIASES = { merge_commit: 'merge', rebase_and_merge: 'rebase' } as const satisfies Record<
  string,
  Strategy
>
const MAX_MESSAGE_CHARS = 65_536

const Body = z
  .object({
    strategy: z
      .enum([...STRATEGIES, 'merge_commit', 'rebase_and_merge'])
      .default('merge')
      .meta({ description: '`merge_commit` is `merge`, `rebase_and_merge` is `rebase`' }),
    commitMessage: z
      .string()
      .trim()
      .min(1)
      .max(MAX_MESSAGE_CHARS)
      .refine((text) => !text.includes('\0'), { error: 'holds a NUL' })
      .transform((text) => `${text.replace(/\r\n?/g, '\n')}\n`)
      .optional()
      .meta({ description: 'of the merge or squash commit; `rebase` and `fast_forward` make none' }),
    expectedSourceSha: Sha.optional().meta({
      description: '412 when the source is elsewhere; so is If-Match',
    }),
    deleteSourceBranch: z.boolean().default(false),
  })
  .meta({ example: { strategy: 'squash', deleteSourceBranch: true } })

const MergedJson = z
  .object({
    mergeCommitSha: z.string(),
    strategy: z.enum(STRATEGIES),
    mergedAt: z.iso.datetime(),
    sourceBranchDeleted: z.boolean().optional().meta({ description: 'when it was asked for' }),
    sourceBranchKept: z.string().optional().meta({ description: 'why the source branch was not deleted' }),
  })
  .meta({
    id: 'MergedPullRequest',
    example: {
      mergeCommitSha: '7fd1a60b01f91b314f59955a4e4d4e80d8edf11d',
      strategy: 'squash',
      mergedAt: '2026-01-01T00:00:00.000Z',
      sourceBranchDeleted: true,
    },
  })

export interface MergeRouteParts extends MergePullParts {
  readonly findDeleted: FindDeleted
}

export function mergeRoute(app: ZodApp, parts: MergeRouteParts): void {
  app.post(
    `${PULL}/merge`,
    {
      config: { access: accessBelow('write', parts.findDeleted), idempotent: true },
      preValidation: takeNoBodyForEmpty,
      schema: {
        summary: 'Merge a pull request; 409 with the conflicts where there are some',
        tags: ['pull requests'],
        params: PullParams,
        body: Body,
        response: { 200: MergedJson, ...failures(400, 401, 403, 404, 409, 410, 412, 422, 429, 503) },
      },
    },
    async (request, reply) => {
      const writer = writerOf(request)
      checkNotArchived(writer.repo)
      const { body } = request
      const strategy = strategyOf(body.strategy)
      const expectedSource = body.expectedSourceSha ?? expectedEtag(request) ?? undefined
      const asked = { strategy, message: body.commitMessage, expectedSource }
      const merged = await mergePull(parts, writer, readerOf(request, reply), request.params.id, asked)
      const deletion = body.deleteSourceBranch ? await deleteSource(parts.door, writer, merged.pull) : {}
      return { ...describe(merged, parts.clock.now()), strategy, ...deletion }
    },
  )
}

async function takeNoBodyForEmpty(request: FastifyRequest): Promise<void> {
  request.body ??= {}
}

function strategyOf(named: z.output<typeof Body>['strategy']): Strategy {
  return named === 'merge_commit' || named === 'rebase_and_merge' ? ALIASES[named] : named
}

/** Its event may be late; the merge itself stands. */
function describe({ pull, oid }: Merged, now: number) {
  return { mergeCommitSha: oid, mergedAt: new Date(pull.mergedAt ?? now).toISOString() }
}
