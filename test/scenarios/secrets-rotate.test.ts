/** gate.md, section 1: `sluice secrets rotate` seals everything anew, whole or not at all. */
import { readdirSync, readFileSync } from 'node:fs'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { newId } from '../../src/kernel/uuid.ts'
import { openDatabase, type Database } from '../../src/store/database.ts'
import { EventLog } from '../../src/store/log/events.ts'
import { keySecretPath, readKeySecret } from '../../src/store/secrets/key-secret.ts'
import { nextSecretPath } from '../../src/store/secrets/next-secret.ts'
import { rotateSecret } from '../../src/store/secrets/rotate-secret.ts'
import { SEALED_COLUMNS } from '../../src/store/secrets/sealed-columns.ts'
import { sealWith } from '../../src/store/secrets/seal.ts'
import { cliHome, type CliHome } from '../support/cli.ts'
import { emptyDatabase, type Place } from '../support/databases.ts'
import { startDoomed } from '../support/doomed-process.ts'
import { startServer } from '../support/server-process.ts'

let dir: string
let dataDir: string
let place: Place
let home: CliHome
let settings: Record<string, string>
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sluice-rotate-'))
  dataDir = join(dir, 'data')
  place = await emptyDatabase()
  const { url } = place.address
  settings = {
    SLUICE_DATA_DIR: dataDir,
    SERVER_PORT: '0',
    SLUICE_LOG_LEVEL: 'silent',
    ...(url !== null && { DATABASE_URL: url }),
  }
  home = await cliHome(settings)
})
afterEach(async () => {
  await home[Symbol.asyncDispose]()
  await place[Symbol.asyncDispose]()
  await rm(dir, { recursive: true })
})

const address = () => {
  const { url } = place.address
  return url === null ? { url, path: join(dataDir, 'sluice.db') } : place.address
}

/** A server has been there, with this secret in its settings or one of its own making. */
async function used(secret: string | null = null): Promise<void> {
  await using server = await startServer('main', {
    ...settings,
    ...(secret !== null && { SLUICE_KEY_SECRET: secret }),
  })
  server.signal('SIGTERM')
  await server.ended
}

/** Rows that hold something in every sealed column; a key that signs is there already. */
async function plant({ kysely }: Database, secret: Buffer): Promise<void> {
  const orgId = newId()
  const repoId = newId()
  const common = { created_at: 1, updated_at: 1 }
  await kysely
    .insertInto('organizations')
    .values({ id: orgId, slug: 'acme', created_by: null, made_for: repoId, created_at: 1 })
    .execute()
  await kysely
    .insertInto('repositories')
    .values({
      ...{ id: repoId, owner_id: newId(), org_id: orgId, project_id: null, name: 'app', slug: 'app' },
      ...{ description: null, visibility: 'private', default_branch: 'main', object_format: 'sha1' },
      ...{
        archived: 0,
        protected_push: 'refuse',
        kind: 'gate',
        state: 'active',
        size_bytes: 0,
        pushed_at: null,
        ...common,
      },
      ...{ expires_at: null, deleted_at: null },
    })
    .execute()
  const sealed = (column: string, row: Record<string, unknown>) => {
    const [table, name] = column.split('.')
    const found = SEALED_COLUMNS.find((each) => each.table === table && each.column === name)
    if (!found) throw new Error(column)
    return sealWith(secret, found.purpose).seal(`plain ${column}`, found.rowOf(row as never))
  }
  const hash = newId()
  await kysely
    .insertInto('device_logins')
    .values({
      ...{ hash, client_id: null, scope: null, interval_seconds: 5, polled_at: null },
      ...{ created_at: 1, expires_at: 9e15 },
      upstream_code: sealed('device_logins.upstream_code', { hash }),
    })
    .execute()
  const id = newId()
  await kysely
    .insertInto('hooks')
    .values({
      ...{ id, org_id: null, repo_id: repoId, since_sequence: 0, url: 'https://a.example/', ...common },
      ...{ event_types: '[]', branches: '[]', paths: '[]', old_secret_until: 9e15, active: 1 },
      ...{ inactive_reason: null, created_by: null },
      secret_sealed: sealed('hooks.secret_sealed', { id }),
      old_secret_sealed: sealed('hooks.old_secret_sealed', { id }),
    })
    .execute()
  const url = 'https://b.example/a.git'
  await kysely
    .insertInto('mirrors')
    .values({
      ...{
        id,
        repo_id: repoId,
        name: 'm',
        kind: 'own',
        url,
        remote_key: 'b',
        refs: '[]',
        refused_refs: '[]',
      },
      ...{ refused_reason: null, last_error: null, last_attempt_at: null, last_success_at: null },
      ...{ failing_since: null, created_by: null, ...common },
      credential_sealed: sealed('mirrors.credential_sealed', { id, url }),
    })
    .execute()
  await kysely
    .insertInto('upstreams')
    .values({
      ...{ repo_id: repoId, url, provider: 'token', username: null, api_url: null, deploy_key_id: null },
      ...{ key_fingerprint: null, key_ttl_seconds: null, host_key: null, ca: null, max_age_ms: 0 },
      ...{ stale_if_error: 0, user_name: null, user_email: null, head_ref: null, last_refresh_at: null },
      ...{ last_forward_at: null, last_error: null, last_error_at: null, created_by: null, ...common },
      credential_sealed: sealed('upstreams.credential_sealed', { repo_id: repoId }),
      provisioner_sealed: sealed('upstreams.provisioner_sealed', { repo_id: repoId }),
    })
    .execute()
  await kysely
    .insertInto('deploy_keys')
    .values({
      ...{ id, repo_id: repoId, provider: 'gitea', api_url: url, ca: null, remote_path: 'a/b', title: 't' },
      ...{ provider_key_id: null, fingerprint: 'f', state: 'active', expires_at: null, last_error: null },
      ...common,
      provisioner_sealed: sealed('deploy_keys.provisioner_sealed', { id }),
    })
    .execute()
}

/** Columns of the values that this secret opens; one row of each is there. */
async function opened({ kysely }: Database, secret: Buffer): Promise<string[]> {
  const names: string[] = []
  for (const { table, column, purpose, rowOf } of SEALED_COLUMNS) {
    const rows = (await kysely.selectFrom(table).selectAll().execute()) as unknown as Record<string, string>[]
    for (const row of rows) {
      try {
        sealWith(secret, purpose).open(row[column] ?? '', rowOf(row as never))
        names.push(`${table}.${column}`)
      } catch {
        // another secret
      }
    }
  }
  return names
}

const EVERY_COLUMN = SEALED_COLUMNS.map(({ table, column }) => `${table}.${column}`)

test('every column of the schema that is sealed is known, with the purpose that its part of the server uses', () => {
  const schema = readFileSync(new URL('../../src/store/schema.ts', import.meta.url), 'utf8')
  const tableOf = new Map(
    [...schema.matchAll(/^ {2}(\w+): (\w+)$/gm)].map(([, table, type]) => [type, table] as const),
  )
  const sealed = [...schema.matchAll(/^interface (\w+) \{\n(.*?)^\}/gms)].flatMap(([, type, body = '']) =>
    [...body.matchAll(/(?:\/\*\*((?:(?!\*\/).)*)\*\/\n)? {2}(\w+): string(?: \| null)?\n/gs)]
      .filter(([, about = '', name = '']) => /_sealed$|_encrypted$/.test(name) || /\bsealed\b/.test(about))
      .map(([, , name]) => `${tableOf.get(type ?? '')}.${name}`),
  )
  expect(sealed.toSorted()).toEqual(EVERY_COLUMN.toSorted())

  const source = new URL('../../src/', import.meta.url)
  const below = readdirSync(new URL('compose', source), { recursive: true, encoding: 'utf8' })
  const files = [
    'compose.ts',
    ...below.filter((name) => name.endsWith('.ts')).map((name) => `compose/${name}`),
  ]
  const opened = files.flatMap((file) =>
    [...readFileSync(new URL(file, source), 'utf8').matchAll(/openSeal\(config, '([^']+)'\)/g)].map(
      ([, purpose]) => purpose,
    ),
  )
  const purposes = new Set(SEALED_COLUMNS.map(({ purpose }) => purpose))
  expect(opened.toSorted()).toEqual([...purposes].toSorted())
})

test('everything is sealed with a new secret, and nothing opens with the old one', async () => {
  await used()
  const before = await readKeySecret(dataDir, null)
  await using database = await openDatabase(address())
  await plant(database, before)
  expect(await opened(database, before)).toEqual(EVERY_COLUMN)

  const run = await home.run(['secrets', 'rotate', '--json'])
  expect([run.code, run.stderr]).toEqual([0, ''])
  expect(JSON.parse(run.stdout)).toEqual({ values: EVERY_COLUMN.length, toBeSet: null })
  const after = await readKeySecret(dataDir, null)
  expect(after.equals(before)).toBe(false)
  expect((await stat(keySecretPath(dataDir))).mode & 0o777).toBe(0o600)
  expect(await opened(database, before)).toEqual([])
  expect(await opened(database, after)).toEqual(EVERY_COLUMN)
  const events = await new EventLog({ database, clock: Date, newId }).since(0, 100)
  expect(events.filter(({ type }) => type === 'key.secret_rotated')).toHaveLength(1)
  await used() // a server starts with it
}, 30_000)

test('while a server runs nothing is rotated', async () => {
  await using server = await startServer('main', settings)
  const before = await readKeySecret(dataDir, null)
  const run = await home.run(['secrets', 'rotate'])
  expect(run.code).not.toBe(0)
  expect(run.stderr).toMatch(/using this data directory\n {2}next: stop that server first/)
  expect((await readKeySecret(dataDir, null)).equals(before)).toBe(true)
  server.signal('SIGTERM')
  await server.ended
}, 30_000)

test('what the present secret does not open stops the rotation, and nothing has changed', async () => {
  await used()
  const before = await readKeySecret(dataDir, null)
  await using database = await openDatabase(address())
  await plant(database, before)
  await database.kysely.updateTable('hooks').set({ old_secret_sealed: 'AQ==' }).execute()
  const run = await home.run(['secrets', 'rotate'])
  expect([run.code === 0, run.stderr]).toEqual([false, expect.stringContaining('hooks.old_secret_sealed')])
  expect((await readKeySecret(dataDir, null)).equals(before)).toBe(true)
  expect(await opened(database, before)).toEqual(
    EVERY_COLUMN.filter((name) => name !== 'hooks.old_secret_sealed'),
  )
  await used()
}, 30_000)

test('a secret that is in the settings is told by a file, and no server starts before it is set', async () => {
  const configured = 'c'.repeat(40)
  await used(configured)
  const run = await home.run(['secrets', 'rotate'], { env: { SLUICE_KEY_SECRET: configured } })
  const path = nextSecretPath(dataDir)
  expect([run.code, run.stdout]).toEqual([0, expect.stringContaining(path)])
  const next = await readFile(path, 'utf8')
  expect(run.stdout + run.stderr).not.toContain(next)
  await expect(used(configured)).rejects.toThrow(/set SLUICE_KEY_SECRET to what key\.secret\.next/)
  await used(next)
  await expect(stat(path)).rejects.toMatchObject({ code: 'ENOENT' })
  await used(next)
}, 40_000)

test.each(['written aside', 'sealed', 'committed'])(
  'killed when the new secret is %s, one of the two opens everything, and a server starts',
  async (step) => {
    await used()
    const before = await readKeySecret(dataDir, null)
    await using database = await openDatabase(address())
    await plant(database, before)
    const { url, path } = address()
    await using doomed = await startDoomed('rotate-secret', [step, dataDir, url ?? '', path])
    expect(await doomed.nextLine()).toBe(step)
    await doomed.kill()

    await used()
    const after = await readKeySecret(dataDir, null)
    expect(after.equals(before)).toBe(step !== 'committed')
    expect(await opened(database, after)).toEqual(EVERY_COLUMN)
    const again = await rotateSecret({ database, events: silent, dataDir, configured: null })
    expect(again).toMatchObject({ toBeSet: null })
    expect(await opened(database, await readKeySecret(dataDir, null))).toEqual(EVERY_COLUMN)
  },
  40_000,
)

const silent = { append: () => Promise.resolve() } as unknown as EventLog

test('a leftover that nothing is sealed with is no secret', async () => {
  await used()
  const before = await readKeySecret(dataDir, null)
  await writeFile(nextSecretPath(dataDir), 'x'.repeat(32), { mode: 0o600 })
  await used()
  expect((await readKeySecret(dataDir, null)).equals(before)).toBe(true)
  await expect(stat(nextSecretPath(dataDir))).rejects.toMatchObject({ code: 'ENOENT' })
}, 30_000)
