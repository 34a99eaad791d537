/**
 * A data directory on which servers run one after another, each in a process of its own, with
 * actors that outlive them. For stories of crashes; stories of one server have world.ts.
 */
import { randomBytes, randomUUID } from 'node:crypto'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { PushData, StoredEvent } from '../../src/kernel/events.ts'
import type { RepoId } from '../../src/kernel/ids.ts'
import { repoPath } from '../../src/git/storage.ts'
import { newId } from '../../src/kernel/uuid.ts'
import { openDatabase, type Database } from '../../src/store/database.ts'
import { EventLog } from '../../src/store/log/events.ts'
import { Actor, runGit, type GitRun } from './actor.ts'
import { emptyDatabase, type Place } from './databases.ts'
import { leftovers, repositoriesOf } from './leftovers.ts'
import { platformToken } from './platform-token.ts'
import { startServer, type Program, type ServerProcess } from './server-process.ts'

export interface HostOptions {
  readonly settings?: Readonly<Record<string, string>>
  readonly program?: Program
}

export class Host implements AsyncDisposable {
  readonly dir: string
  readonly #database: Place
  readonly #opts: HostOptions
  readonly #secret = randomBytes(32).toString('hex')
  readonly #accountId = randomUUID()
  /** Owns `acme/app`. */
  owner!: Actor
  #server: ServerProcess | null = null
  #repoId: RepoId | null = null

  /** Not for direct use: see `openHost`. */
  constructor(dir: string, database: Place, opts: HostOptions) {
    this.dir = dir
    this.#database = database
    this.#opts = opts
  }

  /** The server that was started last. */
  get server(): ServerProcess {
    if (this.#server === null) throw new Error('no server was started')
    return this.#server
  }

  /** Address of `acme/app` on the server of now: each has a port of its own. */
  get repoUrl(): string {
    return `${this.server.url}/acme/app.git`
  }

  /** Of `acme/app`. */
  get repoId(): RepoId {
    if (this.#repoId === null) throw new Error('the repository is not made yet')
    return this.#repoId
  }

  get repoDir(): string {
    return repoPath(this.root, this.repoId)
  }

  /** Directory of all repositories. */
  get root(): string {
    return this.#opts.settings?.['GIT_STORAGE_ROOT'] ?? repositoriesOf(this.dir)
  }

  /** Resolves when it serves, so what it recovers is recovered. */
  async start(): Promise<ServerProcess> {
    const { url } = this.#database.address
    this.#server = await startServer(this.#opts.program ?? 'doomed', {
      SLUICE_DATA_DIR: join(this.dir, 'data'),
      AUTH_COOKIE_SECRET: this.#secret,
      SERVER_PORT: '0',
      SLUICE_LOG_LEVEL: 'warn',
      SLUICE_RATE_READS_PER_MINUTE: '0',
      SLUICE_RATE_WRITES_PER_MINUTE: '0',
      SLUICE_RATE_PUSHES_PER_MINUTE: '0',
      SLUICE_RATE_TOKENS_PER_MINUTE: '0',
      ...(url === null ? {} : { DATABASE_URL: url }),
      ...this.#opts.settings,
    })
    return this.#server
  }

  /** Somebody who signs in as the owner of `acme/app`, in a work tree of his own. */
  async actor(name: string): Promise<Actor> {
    const accountId = this.#accountId
    const dir = join(this.dir, `${name}-${randomBytes(4).toString('hex')}`)
    await mkdir(dir)
    const token = await platformToken(Buffer.from(this.#secret), { accountId, name })
    return new Actor({ name, accountId, token, dir })
  }

  async createRepo(): Promise<void> {
    this.#repoId = await this.addRepo('app')
  }

  /** Makes `acme/<name>`. */
  async addRepo(name: string): Promise<RepoId> {
    const body = JSON.stringify({ orgId: 'acme', name })
    const answer = await this.owner.fetch(`${this.server.url}/repos`, { method: 'POST', body })
    if (answer.status !== 201) throw new Error(`POST /repos: ${answer.status} ${await answer.text()}`)
    return ((await answer.json()) as { id: RepoId }).id
  }

  /** The servers' database, once more; the caller closes it. */
  openDatabase(): Promise<Database> {
    const { url, path } = this.#database.address
    return openDatabase({ url, path: url === null ? join(this.dir, 'data', 'sluice.db') : path })
  }

  /** What a dead server was at is free for the next one; on PostgreSQL it would be a minute later. Only while none serves. */
  async endLeases(): Promise<void> {
    await using database = await this.openDatabase()
    await database.kysely
      .updateTable('jobs')
      .set({ lease_until: 0 })
      .where('status', '=', 'running')
      .execute()
  }

  /** `push` events of the log, oldest first, read past the server. */
  async pushes(): Promise<StoredEvent<PushData>[]> {
    await using database = await this.openDatabase()
    const events = await new EventLog({ database, clock: Date, newId }).since(0, 10_000)
    return events.filter((event): event is StoredEvent<PushData> => event.type === 'push')
  }

  /** Full ref names and their values, read past the server. */
  async refs(repoId = this.repoId): Promise<Map<string, string>> {
    const { stdout } = await runGit(['for-each-ref', '--format=%(refname) %(objectname)'], {
      cwd: repoPath(this.root, repoId),
    })
    return new Map(
      stdout
        .split('\n')
        .filter(Boolean)
        .map((line) => line.split(' ') as [string, string]),
    )
  }

  /** git in the bare repository itself, past the server. */
  onServer(...args: string[]): Promise<GitRun> {
    return runGit(args, { cwd: this.repoDir })
  }

  leftovers(): Promise<string[]> {
    return leftovers(this.root)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server?.kill()
    await this.#database[Symbol.asyncDispose]()
    await rm(this.dir, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 })
  }
}

/** A host whose first server serves, and has the repository `acme/app`, empty. */
export async function openHost(opts: HostOptions = {}): Promise<Host> {
  const dir = await mkdtemp(join(tmpdir(), 'sluice-host-'))
  const host = new Host(dir, await emptyDatabase(), opts)
  await host.start()
  host.owner = await host.actor('owner')
  await host.createRepo()
  return host
}
