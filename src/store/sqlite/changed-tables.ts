/** Which table a statement changes, so that what is remembered of others may stand. */
import { TableNode, type CompiledQuery, type OperationNode } from 'kysely'

/** `any`: it cannot be told, or rows of others may go with it. */
export type Changed = ReadonlySet<string> | 'any'

/** Nothing refers to them: a row that is deleted takes no other one along. */
const LEAVES: ReadonlySet<string> = new Set(['intents'])
const ANY = 'any'

export function changedBy({ query }: CompiledQuery): Changed {
  switch (query.kind) {
    case 'InsertQueryNode':
      return query.into ? only(query.into) : ANY
    case 'UpdateQueryNode':
      return query.table ? only(query.table) : ANY
    case 'DeleteQueryNode': {
      const deleted = query.from.froms.length === 1 ? only(query.from.froms[0]!) : ANY
      return deleted !== ANY && [...deleted].every((table) => LEAVES.has(table)) ? deleted : ANY
    }
    case 'SelectQueryNode':
      return NOTHING
    default:
      return ANY
  }
}

/** Of both. */
export function changedByBoth(a: Changed, b: Changed): Changed {
  return a === ANY || b === ANY ? ANY : new Set([...a, ...b])
}

export const NOTHING: Changed = new Set()

/** Of a table under its own name. */
function only(node: OperationNode): Changed {
  return TableNode.is(node) ? new Set([node.table.identifier.name]) : ANY
}
