/** The words of a request for a token, read as strictly as may be: what is not understood is refused. */
import { AppError } from '../../kernel/errors.ts'
import { grantsOfDetails } from '../../kernel/granting/authorization-details.ts'
import { grantsOfScopes } from '../../kernel/granting/scopes.ts'
import type { GrantTarget, RepositoryGrant } from '../../kernel/grants.ts'
import type { AccessTokenOrder } from './token-endpoint-types.ts'

export type Words = AccessTokenOrder['words']

export interface AskedGrants {
  readonly admin: boolean
  readonly byScope: readonly RepositoryGrant[]
  readonly byDetails: readonly RepositoryGrant[]
}

const MAX_WORDS = 50

/**
 * What the words grant, if they may be granted at all.
 *
 * @param named repositories that the audiences name
 * @throws AppError `OAUTH_INVALID_SCOPE` for a word that grants nothing, `OAUTH_INVALID_DETAILS` for
 *   entries that are malformed or of another type
 * @see RFC 6749, section 3.3; RFC 9396, section 5
 */
export function grantsAsked({ scope, authorization_details: details }: Words, named: readonly GrantTarget[]) {
  const words = scope === undefined ? [] : wordsIn(scope)
  const dumb = words.find((word) => !grantsAnything(word, named))
  if (dumb !== undefined) throw invalidScope(/^repo:(pull|push)$/.test(dumb) ? NOT_ONE : NOT_KNOWN)
  const { admin, repositories } = grantsOfScopes(words, named)
  return { admin, byScope: repositories, byDetails: detailsIn(details) } satisfies AskedGrants
}

export function invalidScope(reason: string): AppError {
  return new AppError('OAUTH_INVALID_SCOPE', { details: { reason } })
}

export function invalidDetails(reason: string): AppError {
  return new AppError('OAUTH_INVALID_DETAILS', { details: { reason } })
}

const NOT_KNOWN = 'a word of the scope is not known here'
const NOT_ONE = 'repo:pull and repo:push need an audience or resource that names one repository'

/** The words, each once. */
export function wordsIn(scope: string): readonly string[] {
  const words = [...new Set(scope.split(' ').filter((word) => word !== ''))]
  if (words.length > MAX_WORDS) throw invalidScope('too many words')
  return words
}

function grantsAnything(word: string, named: readonly GrantTarget[]): boolean {
  const { admin, repositories } = grantsOfScopes([word], named)
  return admin || repositories.length > 0
}

function detailsIn(details: unknown): readonly RepositoryGrant[] {
  if (details === undefined) return []
  const grants = grantsOfDetails(details)
  if (grants === null || grants.length === 0) throw invalidDetails('malformed')
  if (grants.length < (details as readonly unknown[]).length)
    throw invalidDetails('only the type git_repository is known here')
  return grants
}
