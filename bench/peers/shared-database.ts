/** A database that two servers share: a schema of its own on the PostgreSQL that `BENCH_DATABASE_URL` names. */
import { randomUUID } from 'node:crypto'
import pg from 'pg'

export interface SharedDatabase extends AsyncDisposable {
  readonly url: string
}

/** `null` when there is no server to make one on. */
export async function makeSharedDatabase(server: string | undefined): Promise<SharedDatabase | null> {
  if (server === undefined) return null
  const schema = `sluice_bench_${randomUUID().replaceAll('-', '')}`
  const run = async (text: string) => {
    const client = new pg.Client({ connectionString: server })
    await client.connect()
    await client.query(text)
    await client.end()
  }
  await run(`create schema ${schema}`)
  const url = new URL(server)
  url.searchParams.set('options', `-c search_path=${schema}`)
  return { url: url.href, [Symbol.asyncDispose]: () => run(`drop schema ${schema} cascade`) }
}
