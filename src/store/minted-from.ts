/** Which rows came from a token, at any depth: `minted_from` of each is a JSON list of texts. */
import { sql, type RawBuilder, type SqlBool } from 'kysely'

/** Is the token among those that the row was minted from? By the whole of its id, which is no pattern. */
export function isMintedFrom(column: 'minted_from' | 't.minted_from', tokenId: string): RawBuilder<SqlBool> {
  const pattern = `%${JSON.stringify(tokenId).replace(/[\\%_]/g, '\\$&')}%`
  return sql<SqlBool>`${sql.ref(column)} like ${pattern} escape '\\'`
}
