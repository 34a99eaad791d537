/** The organisation that a request names, for those who own it. Nothing tells another one's from one that is not there. */
import { isAllPowerful } from './access.ts'
import { AppError } from './errors.ts'
import { checkMayManage } from './managing.ts'
import type { Principal } from './principal.ts'

export interface NamedOrganization {
  readonly id: string
  readonly slug: string
}

/**
 * @param org slug or id
 * @throws AppError `FORBIDDEN`: an agent, or a narrowed credential; `NOT_FOUND`: none, or none of his
 */
export type OwnedOrganization = (principal: Principal, org: string) => Promise<NamedOrganization>

export interface OwnedOrganizationParts {
  readonly findOrg: (org: string) => Promise<NamedOrganization | null>
  readonly ownsOrg: (orgId: string, accountId: string) => Promise<boolean>
}

export function ownedOrganization({ findOrg, ownsOrg }: OwnedOrganizationParts): OwnedOrganization {
  return async (principal, org) => {
    checkMayManage(principal)
    const found = await findOrg(org)
    if (found && isAllPowerful(principal)) return found
    const { accountId } = principal
    if (found && accountId !== null && (await ownsOrg(found.id, accountId))) return found
    throw new AppError('NOT_FOUND', { details: { reason: 'no such organisation' } })
  }
}
