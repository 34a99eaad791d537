/** `GET /tokens`. */
import { z } from 'zod'
import { AccountId } from '../../../http/fields.ts'
import { linkNext, pageQuery } from '../../../http/pagination.ts'
import { failures, type ZodApp } from '../../../http/zod-app.ts'
import type { TokenSight } from '../../../store/list-tokens.ts'
import type { OpaqueToken } from '../../../store/opaque-tokens.ts'
import type { Page, PageRequest } from '../../../store/page.ts'
import { TokenJson, tokenJson } from './token-json.ts'
import { sightOf } from './token-sight.ts'

const Query = z.object({
  ...pageQuery({ default: 50, max: 100 }),
  account: AccountId.optional().meta({ description: 'only those of this account' }),
})

export interface ListTokensParts {
  readonly listTokens: (
    sight: TokenSight,
    accountId: string | undefined,
    page: PageRequest,
  ) => Promise<Page<OpaqueToken>>
  readonly surfaceOrg: string
}

export function listTokensRoute(app: ZodApp, { listTokens, surfaceOrg }: ListTokensParts): void {
  app.get(
    '/tokens',
    {
      config: { access: { kind: 'signed-in' } },
      schema: {
        summary: 'List long-lived tokens, yours and those of machines that you look after, newest first',
        tags: ['tokens'],
        querystring: Query,
        response: { 200: z.array(TokenJson), ...failures(400, 401, 429) },
      },
    },
    async (request, reply) => {
      const { account, ...wanted } = request.query
      const page = await listTokens(sightOf(request.principal), account, wanted)
      linkNext(request, reply, page.nextCursor)
      return page.items.map((token) => tokenJson(token, surfaceOrg))
    },
  )
}
