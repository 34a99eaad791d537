/** Who may change a pull request, besides those who may write to its repository: whoever opened it. */
import type { FastifyRequest } from 'fastify'
import { covers, may } from '../../kernel/access.ts'
import { AppError } from '../../kernel/errors.ts'
import { subjectOf } from '../../kernel/principal.ts'
import type { PullRequest } from '../../store/pulls-rows.ts'

/**
 * An author needs no role for it but that of a reader; a credential that may only read changes nothing.
 *
 * @throws AppError `UNAUTHORIZED`, `FORBIDDEN`, `REPO_ARCHIVED`
 */
export function checkMayChange({ principal, found }: FastifyRequest, { authorId }: PullRequest): void {
  const { repo, resource } = found
  const isAuthor = authorId !== null && subjectOf(principal) === authorId
  const inScope = covers(principal.grants, 'write', resource)
  if (!may(principal, 'write', resource) && !(isAuthor && inScope)) {
    if (principal.kind === 'anonymous') throw new AppError('UNAUTHORIZED')
    const missing = inScope ? 'role' : 'scope'
    throw new AppError('FORBIDDEN', { details: { required: 'repo:write', missing } })
  }
  checkNotArchived(repo)
}

/** @throws AppError `REPO_ARCHIVED` */
export function checkNotArchived({ archived }: { readonly archived: boolean }): void {
  if (archived) throw new AppError('REPO_ARCHIVED', { details: { reason: 'archived' } })
}
