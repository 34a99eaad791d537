/** Ephemeral repositories are deleted when their time is over; for 30 days their owners can restore them. */
import type { Repositories } from '../../store/repositories.ts'

export interface ExpireParts {
  readonly repositories: Pick<Repositories, 'expired' | 'expire'>
}

/** One round's worth: what is left waits for the next. */
const MOST_AT_ONCE = 500

/** @returns how many */
export async function expireRepositories({ repositories }: ExpireParts): Promise<number> {
  let expired = 0
  for (const id of await repositories.expired(MOST_AT_ONCE)) {
    if (await repositories.expire(id)) expired++
  }
  return expired
}
