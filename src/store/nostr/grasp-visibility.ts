/** Which announced repositories are shown to others than they should be. */
import type { RepoId } from '../../kernel/ids.ts'
import type { Visibility } from '../../kernel/repository.ts'
import type { Database } from '../database.ts'

/** Ids of active ones that have another visibility. */
export async function otherwiseVisible(
  { kysely }: Pick<Database, 'kysely'>,
  visibility: Visibility,
): Promise<readonly RepoId[]> {
  const rows = await kysely
    .selectFrom('repositories')
    .select('id')
    .where('kind', '=', 'grasp')
    .where('state', '=', 'active')
    .where('visibility', '<>', visibility)
    .execute()
  return rows.map(({ id }) => id as RepoId)
}
