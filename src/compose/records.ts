/** The database and everything that is kept in it. */
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Config } from '../config/config.ts'
import type { ErrorLog } from '../http/error-rendering.ts'
import type { RepoId } from '../kernel/ids.ts'
import type { Clock } from '../kernel/ports.ts'
import { newId } from '../kernel/uuid.ts'
import { Accounts } from '../store/accounts.ts'
import { Collaborators } from '../store/collaborators.ts'
import { lockDataDirectory } from '../store/data-directory-lock.ts'
import { openDatabase, type Database } from '../store/database.ts'
import { DeletedBranches } from '../store/deleted-branches.ts'
import { DeviceLogins } from '../store/device-logins.ts'
import { EventCursors } from '../store/log/event-cursors.ts'
import { EventLog } from '../store/log/events.ts'
import { EventTail } from '../store/log/event-tail.ts'
import { IdempotencyKeys } from '../store/idempotency.ts'
import { Intents } from '../store/intents.ts'
import { Jobs } from '../store/jobs/jobs.ts'
import { openSharedClock, type SharedClock } from '../store/jobs/shared-clock.ts'
import { ManagedAccounts } from '../store/managed-accounts.ts'
import { Meta } from '../store/meta.ts'
import { OrgMembers } from '../store/org-members.ts'
import { findOrganization } from '../store/organizations.ts'
import { OpaqueTokens } from '../store/opaque-tokens.ts'
import { Protections } from '../store/protections.ts'
import { RefreshTokens } from '../store/refresh-tokens.ts'
import { Repositories } from '../store/repositories.ts'
import { Revocations } from '../store/revocations.ts'
import { settleSecret } from '../store/secrets/next-secret.ts'
import { SigningKeys } from '../store/signing-keys.ts'
import { checkNoRestore } from '../store/unfinished-restore.ts'
import { WorkloadBindings } from '../store/workload-bindings.ts'

export interface Records extends AsyncDisposable {
  readonly database: Database
  readonly repositories: Repositories
  readonly organisations: {
    /** By slug or id. */
    find(org: string): Promise<{ readonly id: string; readonly slug: string } | null>
    mayCreateIn(org: string, accountId: string | null): Promise<boolean>
  }
  readonly accounts: Accounts
  readonly managedAccounts: ManagedAccounts
  readonly orgMembers: OrgMembers
  readonly bindings: WorkloadBindings
  readonly refreshTokens: RefreshTokens
  readonly deviceLogins: DeviceLogins
  readonly collaborators: Collaborators
  readonly protections: Protections
  readonly deletedBranches: DeletedBranches
  readonly events: EventLog
  /** The newest events, for all who follow the log. */
  readonly tail: EventTail
  readonly cursors: EventCursors
  readonly intents: Intents
  readonly tokens: OpaqueTokens
  readonly revocations: Revocations
  readonly signingKeys: SigningKeys
  readonly idempotency: IdempotencyKeys
  readonly jobs: Jobs
  /** Of all servers of the database: when jobs are due, and leases end. */
  readonly sharedClock: SharedClock
  readonly meta: Meta
}

export interface RecordsParts {
  readonly clock: Clock
  readonly pathOf: (id: RepoId) => string
  /** Names this start of the server, among all that share the database. */
  readonly run: string
  readonly log: ErrorLog
}

/** @throws AppError `DATA_DIRECTORY_IN_USE`, `RESTORE_UNFINISHED`, `SCHEMA_TOO_NEW`, `UNAVAILABLE` */
export async function openRecords(
  config: Config,
  { clock, pathOf, run, log }: RecordsParts,
): Promise<Records> {
  await mkdir(config.dataDir, { recursive: true, mode: 0o700 })
  await checkNoRestore(config.dataDir)
  const lock = await lockDataDirectory(config.dataDir)
  const url = config.secrets.databaseUrl?.reveal() ?? null
  const database = await openDatabase({ url, path: config.databasePath })
  const configured = config.secrets.keySecret?.reveal() ?? null
  await settleSecret({ kysely: database.kysely, dataDir: config.dataDir, configured, isLocked: true })
  const events = new EventLog({ database, clock, newId })
  const sharedClock = await openSharedClock(database, clock)
  const onFailed = (err: unknown) => log.error({ err }, 'the log of events could not be read')
  const tail = await EventTail.open({ database, log: events, onFailed })
  const revocations = new Revocations({ database, clock })
  const surfaceOrg = config.surface.orgSlug
  const jobs = new Jobs({ database, events, clock: sharedClock, newId })
  const repositories = new Repositories({ database, events, jobs, clock, newId, pathOf, surfaceOrg })
  return {
    database,
    events,
    tail,
    cursors: new EventCursors(database),
    repositories,
    organisations: {
      find: (org) => findOrganization(database.kysely, org),
      mayCreateIn: async (org, id) => id !== null && (await repositories.mayCreateIn(org, id)),
    },
    accounts: new Accounts({ database, events, clock, newId }),
    managedAccounts: new ManagedAccounts({ database, events, revocations, clock, newId }),
    orgMembers: new OrgMembers({ database, events }),
    bindings: new WorkloadBindings({ database, events, revocations, clock }),
    refreshTokens: new RefreshTokens({ database, events, revocations, clock }),
    deviceLogins: new DeviceLogins({ database, clock }),
    collaborators: new Collaborators({ database, events, clock }),
    protections: new Protections({ database, events, clock }),
    deletedBranches: new DeletedBranches({ database, clock }),
    intents: new Intents({ database, events, clock, instance: await instanceName(config.dataDir), run }),
    revocations,
    tokens: new OpaqueTokens({ database, events, revocations, clock }),
    signingKeys: new SigningKeys({ database, events, clock }),
    idempotency: new IdempotencyKeys({ database, clock }),
    jobs,
    sharedClock,
    meta: new Meta(database),
    async [Symbol.asyncDispose]() {
      tail[Symbol.dispose]()
      await database.close()
      lock[Symbol.dispose]()
    },
  }
}

/** Names the server of this data directory, the same over restarts. */
async function instanceName(dataDir: string): Promise<string> {
  const path = join(dataDir, 'instance')
  await writeFile(path, newId(), { flag: 'wx' }).catch((err: NodeJS.ErrnoException) => {
    if (err.code !== 'EEXIST') throw err
  })
  return (await readFile(path, 'utf8')).trim()
}
