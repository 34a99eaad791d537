/** The names under which a repository can be found: its own, and those that it had. */
import type { Trx } from './database.ts'
import type { NamedRow } from './repository-rows.ts'

type Place = Pick<NamedRow, 'org_id' | 'slug'>

/** The old name leads to the new one from now on. */
export async function movePlace(trx: Trx, before: NamedRow, after: NamedRow): Promise<void> {
  await trx
    .insertInto('repository_redirects')
    .values({ org_id: before.org_id, slug: before.slug, repo_id: before.id })
    .onConflict((conflict) => conflict.columns(['org_id', 'slug']).doUpdateSet({ repo_id: before.id }))
    .execute()
  await endRedirect(trx, after)
}

/** A name that is given to a repository no longer leads to another. */
export async function endRedirect(trx: Trx, { org_id, slug }: Place): Promise<void> {
  await trx.deleteFrom('repository_redirects').where('org_id', '=', org_id).where('slug', '=', slug).execute()
}
