/** What is kept of tokens and accounts, as the verifiers of credentials ask for it. */
import type { Account, AccountDirectory } from '../kernel/account.ts'
import type { OpaqueTokenRows } from '../rooms/identity/opaque-tokens.ts'
import type { Records } from './records.ts'

export interface Standing {
  readonly rows: OpaqueTokenRows
  readonly accounts: AccountDirectory
  readonly anyRevoked: (tokenIds: readonly string[]) => Promise<boolean>
}

export function standingIn({ tokens, accounts, revocations }: Records): Standing {
  return { rows: tokens, accounts, anyRevoked: (ids) => revocations.anyRevoked(ids) }
}

/**
 * As if nobody were locked out and nothing revoked: a token can be taken back also while it cannot be
 * used. Being shown so is no use of it.
 */
export function regardless({ rows, accounts }: Standing): Standing {
  return {
    rows: {
      byHash: async (hash) => {
        const row = await rows.byHash(hash)
        return row && { ...row, revokedAt: null }
      },
      touch: async () => {},
    },
    accounts: {
      atFirstSight: async (identity, fresh) => letIn(await accounts.atFirstSight(identity, fresh)),
      byId: async (id) => {
        const account = await accounts.byId(id)
        return account && letIn(account)
      },
    },
    anyRevoked: () => Promise.resolve(false),
  }
}

function letIn(account: Account): Account {
  return { ...account, disabledAt: null }
}
