/**
 * Servers beside each other on one database, as behind a load balancer: the same name, the same
 * secrets, a data directory each. For stories about what one of them must learn of another.
 */
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { compose, type Sluice } from '../../src/compose.ts'
import { Opened } from '../../src/compose/opened.ts'
import { loadConfig } from '../../src/config/load.ts'
import type { StoredEvent } from '../../src/kernel/events.ts'
import { newId } from '../../src/kernel/uuid.ts'
import { openDatabase, type Database } from '../../src/store/database.ts'
import { EventLog } from '../../src/store/log/events.ts'
import { emptyDatabase } from './databases.ts'
import { freePort } from './free-port.ts'
import { programs } from './programs.ts'
import { platformToken } from './platform-token.ts'

export interface Replica {
  /** Where this one listens; what it calls itself is the same for all. */
  readonly url: string
}

export interface Replicas extends AsyncDisposable {
  readonly one: Replica
  readonly other: Replica
  readonly adminToken: string
  /** What seals their signing keys. */
  readonly keySecret: string
  /** One more, which starts now. */
  start(): Promise<Replica>
  /** A login token of somebody, never the same twice. */
  login(accountId: string, name: string): Promise<string>
  openDatabase(): Promise<Database>
  /** Oldest first. */
  events(): Promise<StoredEvent[]>
}

export async function replicas(): Promise<Replicas> {
  const opened = new Opened()
  const place = opened.use(await emptyDatabase())
  const secret = randomBytes(32).toString('hex')
  const keySecret = randomBytes(32).toString('hex')
  const shared = {
    PUBLIC_BASE_URL: 'http://127.0.0.1:1/sluice',
    AUTH_COOKIE_SECRET: secret,
    SLUICE_KEY_SECRET: keySecret,
    SLUICE_LOG_LEVEL: 'silent',
    SLUICE_RATE_READS_PER_MINUTE: '0',
    SLUICE_RATE_WRITES_PER_MINUTE: '0',
    SLUICE_RATE_TOKENS_PER_MINUTE: '0',
    ...(place.address.url === null ? {} : { DATABASE_URL: place.address.url }),
  }
  const startOne = async () => {
    const dir = await mkdtemp(join(tmpdir(), 'sluice-replica-'))
    opened.defer(() => rm(dir, { recursive: true, force: true, maxRetries: 3 }))
    const port = await freePort()
    const config = loadConfig({ ...shared, SLUICE_DATA_DIR: dir, SERVER_PORT: String(port) })
    const databasePath = place.address.url === null ? place.address.path : config.databasePath
    const sluice: Sluice = await compose({
      config: { ...config, databasePath },
      programs: await programs(),
    })
    opened.defer(() => sluice.close())
    await sluice.listen()
    return { url: `http://127.0.0.1:${port}`, adminToken: sluice.adminToken }
  }
  const one = await startOne()
  const other = await startOne()
  let serial = 0
  const open = () => openDatabase(place.address)
  return {
    one,
    other,
    adminToken: one.adminToken ?? '',
    keySecret,
    start: startOne,
    login: (accountId, name) =>
      platformToken(Buffer.from(secret), { accountId, name, claims: { serial: serial++ } }),
    openDatabase: open,
    async events() {
      await using database = await open()
      return await new EventLog({ database, clock: Date, newId }).since(0, 1_000)
    },
    [Symbol.asyncDispose]: () => opened.close(),
  }
}
