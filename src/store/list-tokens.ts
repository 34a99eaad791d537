/** Long-lived tokens as people see them: a page of those that somebody may see, or one of them. */
import type { Kysely } from 'kysely'
import { idsOfMachinesManagedBy } from './managed-accounts.ts'
import { isMintedFrom } from './minted-from.ts'
import { toToken, type OpaqueToken } from './opaque-tokens.ts'
import { parseCursor, toPage, writeCursor, type Page, type PageRequest } from './page.ts'
import type { Schema } from './schema.ts'

/** Which tokens somebody may see. */
export type TokenSight =
  | { readonly kind: 'all' }
  /** Those of the account, and no others. */
  | { readonly kind: 'own'; readonly accountId: string }
  /** Those of the account, those that it made, and those of the machines that it looks after. */
  | { readonly kind: 'managed'; readonly accountId: string }
  /** A token and all that was minted from it. */
  | { readonly kind: 'minted'; readonly tokenId: string }

/** Newest first, those revoked or expired among them. @throws AppError `VALIDATION_ERROR` for a cursor that is none */
export async function listTokens(
  kysely: Kysely<Schema>,
  sight: TokenSight,
  accountId: string | undefined,
  page: PageRequest,
): Promise<Page<OpaqueToken>> {
  let query = inSight(kysely, sight)
    .orderBy('t.created_at', 'desc')
    .orderBy('t.id', 'desc')
    .limit(page.limit + 1)
  if (accountId !== undefined) query = query.where('t.account_id', '=', accountId)
  if (page.cursor !== undefined) {
    const { createdAt, id } = parseCursor(page.cursor)
    query = query.where((eb) => eb(eb.refTuple('t.created_at', 't.id'), '<', eb.tuple(createdAt, id)))
  } else if (page.offset !== undefined) query = query.offset(page.offset)
  return toPage(await query.execute(), page.limit, {
    item: toToken,
    cursor: (row) => writeCursor({ createdAt: row.created_at, id: row.id }),
  })
}

/** `null` when there is none, or it is not in sight. */
export async function findToken(
  kysely: Kysely<Schema>,
  sight: TokenSight,
  id: string,
): Promise<OpaqueToken | null> {
  const row = await inSight(kysely, sight).where('t.id', '=', id).executeTakeFirst()
  return row ? toToken(row) : null
}

function inSight(kysely: Kysely<Schema>, sight: TokenSight) {
  const tokens = kysely.selectFrom('opaque_tokens as t').selectAll('t')
  switch (sight.kind) {
    case 'all':
      return tokens
    case 'own':
      return tokens.where('t.account_id', '=', sight.accountId)
    case 'managed':
      return tokens.where((eb) =>
        eb.or([
          eb('t.account_id', '=', sight.accountId),
          eb('t.created_by', '=', sight.accountId),
          eb('t.account_id', 'in', idsOfMachinesManagedBy(kysely, sight.accountId)),
        ]),
      )
    case 'minted':
      return tokens.where((eb) =>
        eb.or([eb('t.id', '=', sight.tokenId), isMintedFrom('t.minted_from', sight.tokenId)]),
      )
  }
}
