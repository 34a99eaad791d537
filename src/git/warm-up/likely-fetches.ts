/** What clients will most likely ask for next, now that refs have moved. */
import type { Oid } from '../../kernel/ids.ts'
import type { RepoHandle } from '../../kernel/repository.ts'
import type { StoredObjects } from '../objects/stored-objects.ts'
import type { RefSnapshot } from '../refs/ref-snapshot.ts'
import type { FetchArguments } from '../wire/fetch-arguments.ts'
import { wantsNow, type FetchForm } from './fetch-form.ts'
import { likelyHaves } from './likely-haves.ts'
import type { RecentFetch } from './recent-fetches.ts'

export interface LikelyFetch {
  readonly form: FetchForm
  readonly args: FetchArguments
}

/** Only of forms whose refs have moved. */
export async function likelyFetches(
  objects: Pick<StoredObjects, 'commit'>,
  repo: RepoHandle,
  snapshot: RefSnapshot,
  recent: readonly RecentFetch[],
): Promise<readonly LikelyFetch[]> {
  const likely: LikelyFetch[] = []
  for (const { form, wants: before } of recent) {
    const wants = wantsNow(snapshot, form)
    if (wants.length === 0 || wants.join() === before.join()) continue
    const haves = await havesOf(objects, repo, form, before)
    const { flags, deepen, filter, shallow } = form
    const { objectFormat } = repo
    likely.push({
      form,
      args: { objectFormat, wants, haves, shallow, flags, deepen, deepenSince: null, filter },
    })
  }
  return likely
}

async function havesOf(
  objects: Pick<StoredObjects, 'commit'>,
  repo: RepoHandle,
  form: FetchForm,
  [before]: readonly Oid[],
): Promise<readonly Oid[]> {
  if (form.kind === 'clone' || before === undefined) return []
  return likelyHaves(objects, repo, before, form.shallow)
}
