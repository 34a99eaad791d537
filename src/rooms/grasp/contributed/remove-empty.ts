/** A repository of contributed tips goes with the last of them. @see GRASP-06 */
import type { RepoId } from '../../../kernel/ids.ts'
import type { RepoHandle } from '../../../kernel/repository.ts'
import type { GraspRepositories, GraspRepository } from '../../../store/nostr/grasp-repositories.ts'
import type { GraspTips } from '../../../store/nostr/grasp-tips.ts'
import { dropRepository, type EndParts } from '../intake/ended-repository.ts'

export interface RemoveEmptyParts extends Pick<EndParts, 'rows' | 'storage'> {
  readonly repositories: Pick<GraspRepositories, 'ofIdentifier' | 'list' | 'update' | 'forget'>
  readonly tips: Pick<GraspTips, 'unsettled'>
  /** Of any name. */
  readonly hasRefs: (repo: RepoHandle) => Promise<boolean>
}

const PAGE = 500

/** After tips of this identifier may have gone. */
export async function removeEmpty(parts: RemoveEmptyParts, identifier: string): Promise<void> {
  for (const each of await parts.repositories.ofIdentifier(identifier, 'contributed')) {
    await removeIfEmpty(parts, each)
  }
}

/** At the start: what a crash has left. */
export async function removeAllEmpty(parts: RemoveEmptyParts): Promise<void> {
  let after: RepoId | null = null
  for (;;) {
    const page: readonly GraspRepository[] = await parts.repositories.list(after, PAGE)
    for (const each of page) if (each.form === 'contributed') await removeIfEmpty(parts, each)
    after = page.at(-1)?.repo.id ?? null
    if (after === null) return
  }
}

async function removeIfEmpty(parts: RemoveEmptyParts, repository: GraspRepository): Promise<void> {
  const { repo, status } = repository
  if (await parts.hasRefs(repo)) return
  if ((await parts.tips.unsettled([repo.id])).length > 0) return // one of them is being pushed
  if (status !== 'purgatory') await parts.repositories.update(repo.id, { status: 'purgatory' })
  await dropRepository(parts, repository)
}
