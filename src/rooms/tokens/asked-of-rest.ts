/**
 * The words of a token as the REST API takes them: `scope` and `authorizationDetails` of a body. Looks at
 * no role: what a token that lives long may do is decided anew at each use.
 */
import { z } from 'zod'
import type { Account } from '../../kernel/account.ts'
import { isAllPowerful } from '../../kernel/access.ts'
import { AppError } from '../../kernel/errors.ts'
import { UNRESTRICTED, type Grants } from '../../kernel/grants.ts'
import type { Principal } from '../../kernel/principal.ts'
import { grantsAsked } from './asked-words.ts'
import { haveInCommon } from './in-common.ts'
import { withinOf } from './requested-grants.ts'

const MAX_SCOPE_CHARS = 4_096

export const GRANT_FIELDS = {
  scope: z.string().min(1).max(MAX_SCOPE_CHARS).optional().meta({
    description: 'words parted by spaces, e.g. `repo:acme/app:write`',
  }),
  authorizationDetails: z
    .array(z.looseObject({ type: z.string() }))
    .min(1)
    .max(100)
    .optional()
    .meta({ description: 'RFC 9396, type `git_repository`' }),
}

export interface AskedWords {
  readonly scope?: string | undefined
  readonly authorizationDetails?: readonly unknown[] | undefined
}

/**
 * @returns `null` when nothing in particular is asked for
 * @throws AppError `VALIDATION_ERROR` for words that grant nothing, or are not understood
 */
export function grantsOfBody({ scope, authorizationDetails }: AskedWords): Grants | null {
  if (scope === undefined && authorizationDetails === undefined) return null
  if (/(^| )repo:(pull|push)( |$)/.test(scope ?? ''))
    throw fault('scope', 'name the repository: repo:<org>/<name>:write')
  const words = {
    ...(scope !== undefined && { scope }),
    ...(authorizationDetails !== undefined && { authorization_details: authorizationDetails }),
  }
  const { admin, byScope, byDetails } = understood(() => grantsAsked(words, []))
  const repositories = [...byScope, ...byDetails]
  if (!admin && repositories.length === 0) throw fault('scope', 'grants nothing')
  return { admin, repositories }
}

/**
 * Grants of what somebody makes for an account, never more than his own token allows.
 *
 * @param asked `null`: as much as that, but for `admin`
 * @param subject whose standing counts when the token is used
 * @throws AppError `FORBIDDEN` for `admin`, unless an administrator asks for himself; `VALIDATION_ERROR`
 *   when nothing would be left
 */
export function grantsWithin(
  principal: Principal,
  asked: Grants | null,
  subject: Pick<Account, 'administrator'>,
): Grants {
  if (asked?.admin && !isAllPowerful(principal)) throw forbidden('scope')
  if (asked?.admin && !subject.administrator) throw forbidden('role')
  const within = withinOf(principal)
  if (within === null) return asked ?? UNRESTRICTED
  if (asked === null) return { ...within, admin: false }
  if (!haveInCommon(asked, within)) throw fault('scope', 'the presented token allows none of this')
  return { ...asked, within }
}

export function fault(path: string, message: string): AppError {
  return new AppError('VALIDATION_ERROR', { details: [{ path, message }] })
}

function forbidden(missing: 'role' | 'scope'): AppError {
  return new AppError('FORBIDDEN', { details: { required: 'admin', missing } })
}

const PATH_OF: Readonly<Record<string, string>> = {
  OAUTH_INVALID_SCOPE: 'scope',
  OAUTH_INVALID_DETAILS: 'authorizationDetails',
}

/** The same rules as at the token endpoint, in the words of the REST API. */
function understood<T>(read: () => T): T {
  try {
    return read()
  } catch (err) {
    const path = err instanceof AppError ? PATH_OF[err.code] : undefined
    if (path === undefined) throw err
    const { reason } = (err as AppError).details as { reason: string }
    throw fault(path, reason)
  }
}
