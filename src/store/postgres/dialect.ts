/** Kysely on PostgreSQL. The driver package is loaded only when a server is configured. */
import { PostgresDialect, type Dialect, type PostgresPool, type PostgresPoolClient } from 'kysely'
import type { Pool } from 'pg'
import { translateError } from '../engine-errors.ts'
import { StatementNames } from './statement-names.ts'

/** Object identifier of `bigint` in pg_type. */
const INT8 = 20
const POOL_SIZE = 8
const CONNECT_TIMEOUT_MS = 5_000
const STATEMENT_TIMEOUT_MS = 30_000
const LOCK_TIMEOUT_MS = 10_000

/** @param url `postgres://user:password@host:port/database`, with the options that node-postgres knows */
export async function openPostgres(url: string, poolSize = POOL_SIZE): Promise<Dialect> {
  const { default: pg } = await import('pg')
  const pool = new pg.Pool({
    connectionString: url,
    application_name: 'sluice',
    max: poolSize,
    min: 1, // the health check never has to connect
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    lock_timeout: LOCK_TIMEOUT_MS,
    idle_in_transaction_session_timeout: STATEMENT_TIMEOUT_MS,
    types: {
      // Times, sizes and counts stay far below 2^53, and SQLite gives numbers too.
      getTypeParser: (oid: number, format?: 'text' | 'binary') =>
        oid === INT8 ? Number : pg.types.getTypeParser(oid, format as 'text'),
    },
  })
  const lost = () => {} // its query fails, or the pool makes another; no reason to end the process
  pool.on('error', lost)
  pool.on('connect', (client) => client.on('error', lost))
  return new PostgresDialect({ pool: translating(pool) })
}

/** The pool, with its errors in our words and its statements prepared. */
function translating(pool: Pool): PostgresPool {
  const names = new StatementNames()
  return {
    connect: async () => {
      const client = await pool.connect().catch(rethrow)
      const query = (text: string, values: unknown[]) => {
        const name = values.length > 0 ? names.of(text) : undefined
        return client.query(name === undefined ? { text, values } : { name, text, values }).catch(rethrow)
      }
      return { query, release: () => client.release() } as unknown as PostgresPoolClient // without cursors
    },
    end: () => pool.end(),
  }
}

function rethrow(err: unknown): never {
  throw translateError(err)
}
