/**
 * A whole server in this process, on a port of its own, with actors around it. Everything is real;
 * the database is the one that `SLUICE_TEST_ENGINE` names.
 */
import { randomBytes, randomUUID } from 'node:crypto'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { compose, type Composition, type Sluice } from '../../src/compose.ts'
import type { Config } from '../../src/config/config.ts'
import { loadConfig } from '../../src/config/load.ts'
import type { PushData, StoredEvent } from '../../src/kernel/events.ts'
import type { RepoId } from '../../src/kernel/ids.ts'
import { newId } from '../../src/kernel/uuid.ts'
import { openDatabase, type Database, type DatabaseAddress } from '../../src/store/database.ts'
import { EventLog } from '../../src/store/log/events.ts'
import { Actor, runGit, type GitRun } from './actor.ts'
import { emptyDatabase } from './databases.ts'
import { platformToken, type TokenOptions } from './platform-token.ts'
import { programs } from './programs.ts'

export interface WorldOptions {
  /** Environment of the server, over that of the world. */
  readonly settings?: Readonly<Record<string, string>>
  readonly objectFormat?: 'sha1' | 'sha256'
  readonly visibility?: 'public' | 'private'
  /** Puts something between the door and its ports. */
  readonly between?: Composition['between']
}

const ORG = 'acme'

export class World implements AsyncDisposable {
  readonly sluice: Sluice
  /** The server's settings. */
  readonly config: Config
  readonly url: string
  readonly dir: string
  readonly #secret: Uint8Array
  readonly #database: DatabaseAddress
  readonly #release: () => Promise<void>
  /** Owns `acme/app`. */
  owner!: Actor
  /** Writes to `acme/app` with a token of its own. */
  agent!: Actor
  /** Signed in, with no role anywhere. */
  stranger!: Actor
  /** No credential at all. */
  nobody!: Actor
  repo!: { readonly id: RepoId; readonly path: string; readonly url: string }

  constructor(
    sluice: Sluice,
    opts: {
      config: Config
      dir: string
      secret: Uint8Array
      database: DatabaseAddress
      release: () => Promise<void>
    },
  ) {
    this.sluice = sluice
    this.config = opts.config
    this.url = sluice.url
    this.dir = opts.dir
    this.#secret = opts.secret
    this.#database = opts.database
    this.#release = opts.release
  }

  /** A token of the platform, signed with the shared secret. */
  token(accountId: string, name: string, opts: TokenOptions = {}): Promise<string> {
    return platformToken(this.#secret, { accountId, name, ...opts })
  }

  async actor(
    name: string,
    opts: TokenOptions & { accountId?: string; anonymous?: boolean } = {},
  ): Promise<Actor> {
    const accountId = opts.accountId ?? randomUUID()
    const dir = join(this.dir, `${name}-${randomBytes(4).toString('hex')}`)
    await mkdir(dir)
    const token = opts.anonymous ? null : await this.token(accountId, name, opts)
    return new Actor({ name, accountId, token, dir })
  }

  /** `POST /repos` by the owner; the address is for plain git. */
  async createRepo(name: string, fields: Record<string, unknown> = {}) {
    const answer = await this.owner.fetch(`${this.url}/repos`, {
      method: 'POST',
      body: JSON.stringify({ orgId: ORG, name, ...fields }),
    })
    if (answer.status !== 201) throw new Error(`POST /repos: ${answer.status} ${await answer.text()}`)
    const { id, slug } = (await answer.json()) as { id: RepoId; slug: string }
    return { id, path: this.sluice.pathOf(id), url: `${this.url}/${ORG}/${slug}.git` }
  }

  /** The server's database, once more; the caller closes it. */
  openDatabase(): Promise<Database> {
    return openDatabase(this.#database)
  }

  /** Everything in the log, oldest first, read past the server. */
  async events(): Promise<StoredEvent[]> {
    await using database = await this.openDatabase()
    return await new EventLog({ database, clock: Date, newId }).since(0, 1_000)
  }

  /** `push` events of the log, oldest first. */
  async pushes(): Promise<StoredEvent<PushData>[]> {
    const events = await this.events()
    return events.filter((event): event is StoredEvent<PushData> => event.type === 'push')
  }

  /** git in the bare repository itself, past the server. */
  onServer(...args: string[]): Promise<GitRun> {
    return runGit(args, { cwd: this.repo.path })
  }

  /** Is this object in the repository's own store? */
  async has(oid: string): Promise<boolean> {
    return (await this.onServer('cat-file', '-e', oid)).code === 0
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.sluice.close()
    await this.#release()
    await rm(this.dir, { recursive: true, force: true, maxRetries: 3 })
  }
}

/** A server with the repository `acme/app`, its owner, an agent that may write, and two outsiders. */
export async function world(opts: WorldOptions = {}): Promise<World> {
  const dir = await mkdtemp(join(tmpdir(), 'sluice-world-'))
  const database = await emptyDatabase()
  const secret = randomBytes(32).toString('hex')
  const config = loadConfig({
    SLUICE_DATA_DIR: join(dir, 'data'),
    AUTH_COOKIE_SECRET: secret,
    INTERNAL_SERVICE_TOKEN: randomBytes(24).toString('hex'),
    SERVER_PORT: '0',
    SLUICE_LOG_LEVEL: 'silent',
    SLUICE_RATE_READS_PER_MINUTE: '0',
    SLUICE_RATE_WRITES_PER_MINUTE: '0',
    SLUICE_RATE_PUSHES_PER_MINUTE: '0',
    SLUICE_RATE_TOKENS_PER_MINUTE: '0',
    ...(database.address.url === null ? {} : { DATABASE_URL: database.address.url }),
    ...opts.settings,
  })
  const sluice = await compose({
    config,
    programs: await programs(),
    ...(opts.between ? { between: opts.between } : {}),
  })
  await sluice.listen()
  const { url } = database.address
  const w = new World(sluice, {
    config,
    dir,
    secret: Buffer.from(secret),
    database: url === null ? { url, path: config.databasePath } : database.address,
    release: async () => database[Symbol.asyncDispose](),
  })
  w.owner = await w.actor('owner')
  w.stranger = await w.actor('stranger')
  w.nobody = await w.actor('nobody', { anonymous: true })
  const { objectFormat = 'sha1', visibility = 'private' } = opts
  w.repo = await w.createRepo('app', { objectFormat, visibility })
  w.agent = await w.actor('agent', { accountId: w.owner.accountId, scope: `repo:${ORG}/app:write` })
  return w
}
