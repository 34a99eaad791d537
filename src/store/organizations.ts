/** Organisations: made when first named, and who belongs to them. */
import { sql, type Kysely } from 'kysely'
import { isUuid } from '../kernel/ids.ts'
import type { Trx } from './database.ts'
import type { OrganizationRow, Schema } from './schema.ts'

/** @param org slug or UUID, in any case */
export async function findOrganization(kysely: Kysely<Schema>, org: string): Promise<OrganizationRow | null> {
  const name = org.toLowerCase()
  const row = await kysely
    .selectFrom('organizations')
    .selectAll()
    .where(isUuid(name) ? 'id' : 'slug', '=', name)
    .executeTakeFirst()
  return row ?? null
}

/**
 * Makes the organisation unless it is known; two at once make one. A UUID becomes both id and slug.
 *
 * @param fresh its row if it is made now; without `created_by` it belongs to nobody
 */
export async function ensureOrganization(
  trx: Trx,
  org: string,
  fresh: Omit<OrganizationRow, 'slug'>,
): Promise<OrganizationRow> {
  const known = await findOrganization(trx, org)
  if (known) return known
  const slug = org.toLowerCase()
  const made = await trx
    .insertInto('organizations')
    .values({ ...fresh, id: isUuid(slug) ? slug : fresh.id, slug })
    .onConflict((conflict) => conflict.doNothing())
    .returningAll()
    .executeTakeFirst()
  if (!made) return ensureOrganization(trx, org, fresh) // another one was quicker
  if (made.created_by !== null) await addOwner(trx, made.id, made.created_by)
  return made
}

/**
 * An organisation that came with a repository which nobody can see yet comes with this one instead, which
 * is seen first: the log tells of it once, and it outlives a first push that is refused.
 */
export async function comeWith(trx: Trx, org: OrganizationRow, repoId: string): Promise<OrganizationRow> {
  if (org.made_for === repoId) return org
  const unseen = trx.selectFrom('repositories').select('id').where('state', '=', sql.lit('provisional'))
  const claimed = await trx
    .updateTable('organizations')
    .set({ made_for: repoId })
    .where('id', '=', org.id)
    .where('made_for', 'in', unseen)
    .returningAll()
    .executeTakeFirst()
  return claimed ?? org
}

/**
 * Membership counts where there are members. An organisation that nobody belongs to, or that is not
 * known yet, is open to any account.
 */
export async function mayCreateIn(kysely: Kysely<Schema>, org: string, accountId: string): Promise<boolean> {
  const known = await findOrganization(kysely, org)
  if (!known) return true
  const members = kysely.selectFrom('org_members').select('account_id').where('org_id', '=', known.id)
  if (await members.where('account_id', '=', accountId).executeTakeFirst()) return true
  return (await members.limit(1).executeTakeFirst()) === undefined
}

/** Its members go with it. */
export async function removeOrganization(trx: Trx, id: string): Promise<void> {
  await trx.deleteFrom('organizations').where('id', '=', id).execute()
}

async function addOwner(trx: Trx, orgId: string, accountId: string): Promise<void> {
  await trx
    .insertInto('org_members')
    .values({ org_id: orgId, account_id: accountId, role: 'owner' })
    .execute()
}
