/** What somebody reads who has pushed a new branch: how to open a pull request of it. */
import type { Door } from '../../kernel/door.ts'
import { branchRef } from '../../kernel/ids.ts'
import { isBranch, isCreate, type RefUpdate } from '../../kernel/ref-update.ts'
import type { Repository } from '../../kernel/repository.ts'

const MAX_HINTS = 3
const HEADS = 'refs/heads/'

/**
 * @param moved what a push has really moved
 * @param opts.json for a program: one object a line
 * @returns one line for each of the first new branches that bring something to the default branch
 */
export async function pullHints(
  { store }: Pick<Door, 'store'>,
  publicBaseUrl: string,
  repo: Repository,
  moved: readonly RefUpdate[],
  opts: { readonly json: boolean },
): Promise<string[]> {
  const main = branchRef(repo.defaultBranch)
  const created = moved.filter((update) => isCreate(update) && isBranch(update.ref) && update.ref !== main)
  if (created.length === 0) return []
  const base = (await store.readRefs(repo, [main])).get(main)
  const useful = created.filter(({ newOid }) => base !== undefined && newOid !== base)
  const url = `${publicBaseUrl}/repos/${repo.orgSlug}/${repo.slug}/pulls`
  return useful.slice(0, MAX_HINTS).map(({ ref }) => {
    const sourceBranch = ref.slice(HEADS.length)
    const body = { sourceBranch, targetBranch: repo.defaultBranch, title: '…' }
    if (opts.json) return JSON.stringify({ ref, pullRequest: { method: 'POST', url, body } })
    return `${sourceBranch}: to open a pull request, POST ${url} ${JSON.stringify(body)}`
  })
}
