/** Statements of one SQLite connection, prepared once per SQL text. */
import { LRUCache } from 'lru-cache'
import type { CompiledQuery, QueryResult } from 'kysely'
import type { SqliteFile } from './open-file.ts'

type Statement = ReturnType<SqliteFile['prepare']>

/** The fixed queries of the server are about a hundred; filters of lists make some more. */
const MAX_STATEMENTS = 300

export class Statements {
  readonly #file: SqliteFile
  readonly #prepared = new LRUCache<string, Statement>({ max: MAX_STATEMENTS })

  constructor(file: SqliteFile) {
    this.#file = file
  }

  run<Row>({ sql, parameters, query }: CompiledQuery): QueryResult<Row> {
    const statement = this.#prepare(sql)
    if (returnsRows(query)) return { rows: statement.all(...parameters) as Row[] }
    const { changes } = statement.run(...parameters)
    return { rows: [], numAffectedRows: BigInt(changes) }
  }

  #prepare(sql: string): Statement {
    const known = this.#prepared.get(sql)
    if (known) return known
    const statement = this.#file.prepare(sql)
    this.#prepared.set(sql, statement)
    return statement
  }
}

/** Raw SQL is asked for rows too: a statement without any answers none. */
function returnsRows(query: CompiledQuery['query']): boolean {
  if ('returning' in query && query.returning !== undefined) return true
  return query.kind === 'SelectQueryNode' || query.kind === 'RawNode'
}
