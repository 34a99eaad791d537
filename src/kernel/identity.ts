/** The name under which somebody's commits are written. @see git-commit-tree(1), COMMIT INFORMATION */
import type { Principal } from './principal.ts'
import { subjectOf } from './principal.ts'

export interface Identity {
  readonly name: string
  readonly email: string
}

/** What git takes out of names as well: they would end the field or the line. */
const NOT_IN_A_NAME = /[\x00-\x1f\x7f<>]+/g
const AT_THE_ENDS = /^[\s.,:;"'\\]+|[\s.,:;"'\\]+$/g

/**
 * By the credential's claims or the account, never a name of the server's own. An account without an address
 * gets one that nobody receives.
 */
export function identityOf(principal: Principal): Identity {
  const account = subjectOf(principal) ?? principal.kind
  const name = cleaned(principal.displayName)
  const email = cleaned(principal.email ?? '').replace(/\s/g, '')
  return {
    name: name === '' ? account : name,
    email: email === '' ? `${account}@users.noreply.invalid` : email,
  }
}

/** @returns empty for a name of nothing but what git leaves out */
export function cleaned(text: string): string {
  return text.replace(NOT_IN_A_NAME, ' ').replace(/\s+/g, ' ').trim().replace(AT_THE_ENDS, '')
}
