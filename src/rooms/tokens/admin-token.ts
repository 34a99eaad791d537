/** The one token that the first start makes, so that somebody can give rights to everybody else. */
import { EVERYTHING } from '../../kernel/grants.ts'
import type { Clock } from '../../kernel/ports.ts'
import type { Account, AccountDirectory } from '../../kernel/account.ts'
import { mintOpaqueToken } from '../../kernel/opaque-token.ts'
import type { OpaqueTokens } from '../../store/opaque-tokens.ts'

/** Key in `meta`: id of the token that was handed out. */
const REMEMBERED_AS = 'admin_token'
const LIFE_MS = 365 * 24 * 3600_000
const ADMINISTRATOR = {
  kind: 'user',
  displayName: 'Administrator',
  email: null,
  administrator: true,
} as const
export interface AdminTokenParts {
  readonly meta: {
    get(key: string): Promise<string | null>
    getOrSet(key: string, fresh: string): Promise<string>
  }
  readonly accounts: Pick<AccountDirectory, 'atFirstSight'>
  readonly tokens: Pick<OpaqueTokens, 'insert' | 'revoke'>
  readonly newId: () => string
  readonly clock: Clock
}

/** The administrator that every server has. */
export function administratorOf(accounts: Pick<AccountDirectory, 'atFirstSight'>): Promise<Account> {
  return accounts.atFirstSight({ issuer: 'sluice', subject: 'admin' }, ADMINISTRATOR)
}

/**
 * Makes the administrator's token once in the life of a database.
 *
 * @returns the token, which only the terminal may see; `null` when it was made before, or another
 *   process that starts just now was quicker
 */
export async function firstAdminToken(parts: AdminTokenParts): Promise<string | null> {
  if ((await parts.meta.get(REMEMBERED_AS)) !== null) return null
  const account = await administratorOf(parts.accounts)
  const by = { actorId: account.id, agentId: null }
  const { token, kind, hash } = mintOpaqueToken('admin')
  const id = parts.newId()
  await parts.tokens.insert(
    {
      id,
      hash,
      kind,
      accountId: account.id,
      name: 'first start',
      grants: EVERYTHING,
      actingFor: null,
      mintedFrom: [],
      createdBy: account.id,
      expiresAt: parts.clock.now() + LIFE_MS,
    },
    by,
  )
  // Remembered last: a crash before this line leaves a token that nobody has seen, and the next start makes another.
  if ((await parts.meta.getOrSet(REMEMBERED_AS, id)) === id) return token
  await parts.tokens.revoke(id, by)
  return null
}
