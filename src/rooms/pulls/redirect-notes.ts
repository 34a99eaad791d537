/** What somebody reads whose push went to a pull request: which one, and where it is shown. */
import { isZero } from '../../kernel/ids.ts'
import type { Redirection } from '../../kernel/ref-update.ts'
import type { Repository } from '../../kernel/repository.ts'
import type { PullRequests } from '../../store/pulls.ts'
import type { PullRequest } from '../../store/pulls-rows.ts'

/**
 * @param opts.json for a program: one object a line
 * @returns one line for each
 */
export async function redirectNotes(
  pulls: Pick<PullRequests, 'find'>,
  publicBaseUrl: string,
  repo: Repository,
  redirections: readonly Redirection[],
  opts: { readonly json: boolean },
): Promise<string[]> {
  const base = `${publicBaseUrl}/repos/${repo.orgSlug}/${repo.slug}/pulls`
  const lines: string[] = []
  for (const redirection of redirections) {
    const { id, number } = redirection.pullRequest
    const outcome = outcomeOf(redirection, await pulls.find(repo.id, id))
    const url = `${base}/${number}`
    lines.push(
      opts.json
        ? JSON.stringify({ ref: redirection.ref, pullRequest: { number, url, outcome } })
        : `${TOLD[outcome](number)}: ${url}`,
    )
  }
  return lines
}

const TOLD = {
  opened: (number: number) => `opened pull request #${number}`,
  updated: (number: number) => `updated pull request #${number}`,
  unchanged: (number: number) => `pull request #${number} has this already`,
  ended: (number: number) =>
    `pull request #${number} was ended meanwhile, without this; push again to open another`,
} as const

/** @param pull as it is now; `null`: its row is late */
function outcomeOf({ to }: Redirection, pull: PullRequest | null): keyof typeof TOLD {
  if (isZero(to.oldOid)) return 'opened'
  if (pull && pull.status !== 'open' && pull.sourceSha !== to.newOid) return 'ended'
  return to.oldOid === to.newOid ? 'unchanged' : 'updated'
}
