/** Accounts, organisations and long-lived tokens of the REST API: who looks after them. */
import type { Config } from '../config/config.ts'
import type { Clock } from '../kernel/ports.ts'
import { ownedOrganization } from '../kernel/owned-organization.ts'
import { newId } from '../kernel/uuid.ts'
import type { MembersParts } from '../rooms/repos/access/members.ts'
import { managedAccount, managedMachine } from '../rooms/tokens/accounts/managed-account.ts'
import type { AccountRoutesParts } from '../rooms/tokens/accounts/routes.ts'
import type { LongLivedTokensParts } from '../rooms/tokens/long-lived/routes.ts'
import { findToken, listTokens } from '../store/list-tokens.ts'
import type { Identity } from './identity.ts'
import type { Records } from './records.ts'

export interface ManagedParts {
  readonly records: Records
  readonly identity: Pick<Identity, 'credentialsChanged'>
  readonly clock: Clock
}

export function openAccounts(
  config: Config,
  { records, identity, clock }: ManagedParts,
): { accounts: AccountRoutesParts; tokens: LongLivedTokensParts; members: MembersParts } {
  const { kysely } = records.database
  const { credentialsChanged } = identity
  const surfaceOrg = config.surface.orgSlug
  const ownsOrg = (orgId: string, accountId: string) => records.orgMembers.isOwner(orgId, accountId)
  const owned = ownedOrganization({ findOrg: (org) => records.organisations.find(org), ownsOrg })
  const managed = managedAccount({ accounts: records.accounts, ownsOrg })
  const machine = managedMachine(managed)
  return {
    accounts: {
      accounts: records.managedAccounts,
      accountById: (id) => records.accounts.byId(id),
      ownedOrganization: owned,
      managedAccount: managed,
      credentialsChanged,
      surfaceOrg,
    },
    tokens: {
      tokens: records.tokens,
      accounts: records.accounts,
      managedMachine: machine,
      findToken: (sight, id) => findToken(kysely, sight, id),
      listTokens: (sight, accountId, page) => listTokens(kysely, sight, accountId, page),
      credentialsChanged,
      newId,
      clock,
      surfaceOrg,
    },
    members: { members: records.orgMembers, ownedOrganization: owned },
  }
}
