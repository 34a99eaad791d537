/**
 * Work on the data directory of a server by its operator, whether the server runs or not. It takes no
 * lock of the server's; what it changes, a running server sees by the list of changes or within a minute.
 */
import { access } from 'node:fs/promises'
import type { Config } from '../config/config.ts'
import { AppError } from '../kernel/errors.ts'
import type { Clock } from '../kernel/ports.ts'
import { EVERYTHING } from '../kernel/grants.ts'
import type { Principal } from '../kernel/principal.ts'
import { newId } from '../kernel/uuid.ts'
import { managedAccount, managedMachine } from '../rooms/tokens/accounts/managed-account.ts'
import { keyJson } from '../rooms/admin/keys.ts'
import { administratorOf } from '../rooms/tokens/admin-token.ts'
import { MAX_LIFE_SECONDS, mintLongLived, type TokenOrder } from '../rooms/tokens/long-lived/mint.ts'
import { tokenJson } from '../rooms/tokens/long-lived/token-json.ts'
import { Accounts } from '../store/accounts.ts'
import { openDatabase, type Database } from '../store/database.ts'
import { EventLog } from '../store/log/events.ts'
import { checkMigrated } from '../store/migrations.ts'
import { OpaqueTokens } from '../store/opaque-tokens.ts'
import { Revocations } from '../store/revocations.ts'
import { settleSecret } from '../store/secrets/next-secret.ts'
import { SigningKeys } from '../store/signing-keys.ts'
import { openSigningKeys } from './signing-keys.ts'

export type OfflineTokenOrder = Pick<
  TokenOrder,
  'name' | 'kind' | 'account' | 'scope' | 'authorizationDetails'
> & {
  readonly expiresIn?: number | undefined
}

/** As `POST /tokens` answers. */
export type OfflineToken = ReturnType<typeof tokenJson> & { readonly token: string }

/** As `POST /admin/keys/rotate` answers. */
export type OfflineKey = ReturnType<typeof keyJson>

export interface Offline extends AsyncDisposable {
  /**
   * In the name of the administrator, for himself or for any machine.
   *
   * @throws AppError `VALIDATION_ERROR`, `NOT_FOUND`, `CONFLICT`
   */
  createToken(order: OfflineTokenOrder): Promise<OfflineToken>
  /** @throws AppError `KEY_SECRET_UNUSABLE` */
  rotateKeys(): Promise<OfflineKey>
}

/**
 * @throws AppError `NOT_FOUND`: no server has ever used this directory; `SCHEMA_TOO_NEW`, `SCHEMA_TOO_OLD`,
 *   `UNAVAILABLE`
 */
export async function openOffline(config: Config, clock: Clock): Promise<Offline> {
  const url = config.secrets.databaseUrl?.reveal() ?? null
  await checkThere(url === null ? config.databasePath : config.dataDir)
  const database = await openDatabase({ url, path: config.databasePath }, checkMigrated)
  const configured = config.secrets.keySecret?.reveal() ?? null
  await settleSecret({ kysely: database.kysely, dataDir: config.dataDir, configured, isLocked: false })
  return {
    createToken: (order) => createToken(database, config, clock, order),
    rotateKeys: () => rotateKeys(database, config, clock),
    [Symbol.asyncDispose]: () => database.close(),
  }
}

/** A misspelt directory shall not become a new one. @throws AppError `NOT_FOUND` */
export async function checkThere(path: string): Promise<void> {
  await access(path).catch((cause: unknown) => {
    const reason = 'no server has used this data directory; is SLUICE_DATA_DIR or --data-dir right?'
    throw new AppError('NOT_FOUND', { details: { reason }, cause })
  })
}

async function createToken(
  database: Database,
  { surface }: Config,
  clock: Clock,
  order: OfflineTokenOrder,
): Promise<OfflineToken> {
  if ((order.expiresIn ?? 0) > MAX_LIFE_SECONDS)
    throw new AppError('VALIDATION_ERROR', { details: { reason: 'a token lives 365 days at most' } })
  const events = new EventLog({ database, clock, newId })
  const revocations = new Revocations({ database, clock })
  const tokens = new OpaqueTokens({ database, events, revocations, clock })
  const accounts = new Accounts({ database, events, clock, newId })
  const ownsOrg = async () => false // an administrator manages every account
  const managed = managedMachine(managedAccount({ accounts, ownsOrg }))
  const parts = { tokens, accounts, managedMachine: managed, newId, clock }
  const principal = await administrator(accounts)
  const by = { actorId: principal.accountId, agentId: null }
  const { token, row } = await mintLongLived(parts, principal, order, by)
  return { ...tokenJson(row, surface.orgSlug), token }
}

async function administrator(accounts: Accounts): Promise<Principal> {
  const { id, kind, displayName, email } = await administratorOf(accounts)
  return { kind, accountId: id, displayName, email, administrator: true, grants: EVERYTHING }
}

async function rotateKeys(database: Database, config: Config, clock: Clock): Promise<OfflineKey> {
  const events = new EventLog({ database, clock, newId })
  const signingKeys = new SigningKeys({ database, events, clock })
  const keys = await openSigningKeys(config, { records: { signingKeys }, clock })
  return keyJson(await keys.rotate({ actorId: null, agentId: null }))
}
