/** `GET …/pulls/{id}/mergeability`: can it be merged now, and by which strategies? */
import { z } from 'zod'
import type { Reader } from '../../git/git-reader.ts'
import type { STRATEGIES } from '../../git/merging/merge.ts'
import type { MergeabilityAnswer } from '../../git/merging/mergeability.ts'
import { isFresh, weakEtag } from '../../http/conditional.ts'
import { readerOf } from '../../http/reader.ts'
import { accessBelow, type FindDeleted } from '../../http/repository-routes.ts'
import { failures, type ZodApp } from '../../http/zod-app.ts'
import type { Door } from '../../kernel/door.ts'
import { identityOf } from '../../kernel/identity.ts'
import type { Oid } from '../../kernel/ids.ts'
import type { PullRequest } from '../../store/pulls-rows.ts'
import { PULL, PullParams } from './fields.ts'
import { findPull, type FindPullParts } from './find-pull.ts'
import type { KeptMerges } from './keep-merges.ts'
import { mergingTips, type MergingTips } from './merging-tips.ts'

const MergeabilityJson = z
  .object({
    mergeability: z.enum(['clean', 'conflicting', 'unknown', 'invalid_ref']).meta({
      description: '`unknown`: not open, so nobody asks; `invalid_ref`: the target branch is gone',
    }),
    sourceSha: z.string(),
    targetSha: z.string().nullable(),
    mergeBase: z.string().nullable(),
    strategies: z.object({
      merge: z.boolean(),
      squash: z.boolean(),
      rebase: z.boolean(),
      fast_forward: z.boolean(),
    }),
  })
  .meta({
    id: 'Mergeability',
    example: {
      mergeability: 'clean',
      sourceSha: '7fd1a60b01f91b314f59955a4e4d4e80d8edf11d',
      targetSha: '553c2077f0edc3d5dc5d17262f6aa498e69d6f8e',
      mergeBase: '553c2077f0edc3d5dc5d17262f6aa498e69d6f8e',
      strategies: { merge: true, squash: true, rebase: true, fast_forward: true },
    },
  })

export interface MergeabilityParts extends FindPullParts {
  readonly door: Pick<Door, 'store'>
  /** Kept by both ids. @throws AppError `OVERLOADED`, `GIT_FAILED`, `LAUNCHER_LOST` */
  readonly mergeability: (reader: Reader, target: Oid, source: Oid) => Promise<MergeabilityAnswer>
  /** For `refs/pull/<number>/merge`. */
  readonly keptMerges: Pick<KeptMerges, 'want'>
  readonly findDeleted: FindDeleted
}

export function mergeabilityRoute(app: ZodApp, parts: MergeabilityParts): void {
  app.get(
    `${PULL}/mergeability`,
    {
      config: { access: accessBelow('read', parts.findDeleted) },
      schema: {
        summary: 'Tell whether a pull request can be merged, and how',
        tags: ['pull requests'],
        params: PullParams,
        response: { 200: MergeabilityJson, 304: z.null(), ...failures(400, 401, 404, 410, 422, 429, 503) },
      },
    },
    async (request, reply) => {
      const { repo } = request.found
      const pull = await findPull(parts, repo, request.params.id)
      const tips = await mergingTips(parts.door.store, repo, pull)
      const version = `${pull.status}-${tips.source}-${tips.target ?? 'gone'}`
      if (isFresh(request, reply, weakEtag(version))) return reply.code(304).send(null)
      const answer = await answerFor(parts, readerOf(request, reply), pull, tips)
      const { source, target } = tips
      if (target !== null && answer.mergeability === 'clean')
        parts.keptMerges.want({ repo, pull, source, target, by: identityOf(request.principal) })
      return reply.send(answer)
    },
  )
}

const NONE = { merge: false, squash: false, rebase: false, fast_forward: false } as const satisfies Record<
  (typeof STRATEGIES)[number],
  false
>

async function answerFor(
  { mergeability }: MergeabilityParts,
  reader: Reader,
  { status }: PullRequest,
  { source, target }: MergingTips,
): Promise<z.output<typeof MergeabilityJson>> {
  const shown = { sourceSha: source, targetSha: target, mergeBase: null, strategies: NONE }
  if (target === null) return { ...shown, mergeability: 'invalid_ref' }
  if (status !== 'open') return { ...shown, mergeability: 'unknown' }
  const { strategies, ...answer } = await mergeability(reader, target, source)
  return { ...shown, ...answer, strategies: { ...strategies } }
}
