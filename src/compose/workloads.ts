/** Workloads of other issuers: which may act as which machine, and how they come to their tokens. */
import type { Config } from '../config/config.ts'
import { newId } from '../kernel/uuid.ts'
import type { ManagedAccount } from '../rooms/tokens/accounts/managed-account.ts'
import type { ReadRequestedGrants } from '../rooms/tokens/requested-grants.ts'
import { standingPrincipal } from '../rooms/tokens/standing-principal.ts'
import type { GrantHandler, IssueAccessToken } from '../rooms/tokens/token-endpoint-types.ts'
import type { BindingsParts } from '../rooms/tokens/workloads/bindings-routes.ts'
import { JWT_BEARER, jwtBearer } from '../rooms/tokens/workloads/jwt-bearer.ts'
import type { Identity } from './identity.ts'
import type { Records } from './records.ts'

export interface WorkloadsParts {
  readonly records: Records
  readonly identity: Identity
}

/** By `grant_type`. */
export function workloadGrants(
  { records, identity }: WorkloadsParts,
  { requested, issue }: { readonly requested: ReadRequestedGrants; readonly issue: IssueAccessToken },
): Readonly<Record<string, GrantHandler>> {
  const { accounts, bindings } = records
  const standing = standingPrincipal(accounts)
  const { verifyAssertion } = identity
  return {
    [JWT_BEARER]: jwtBearer({ verifyAssertion, bindings, accounts, standing, requested, issue }),
  }
}

/** @param managed the machines that somebody looks after */
export function bindingParts(
  config: Config,
  { records, identity }: WorkloadsParts,
  managed: ManagedAccount,
): BindingsParts {
  return {
    bindings: records.bindings,
    accounts: records.accounts,
    managed,
    issuers: config.jwksIssuers,
    bases: identity.bases,
    credentialsChanged: identity.credentialsChanged,
    newId,
    surfaceOrg: config.surface.orgSlug,
  }
}
