/** What git's helpers say when something goes wrong: what to do next, and never what they were given. */
import { NotSignedInError } from '../logins/login-credential.ts'
import { LoginFileError } from '../logins/login-files.ts'
import { printable } from '../printable.ts'
import { SluiceError } from '../sluice-error.ts'

/** The message is for the person at the terminal, and without a secret. */
export class HelperError extends Error {
  override readonly name = 'HelperError'
}

/** One line about anything that was thrown. The text of an unknown error may quote what it was given. */
export function shown(error: unknown): string {
  if (error instanceof HelperError || error instanceof LoginFileError) return error.message
  if (error instanceof NotSignedInError) return `${error.message}: run \`sluice login\``
  if (error instanceof SluiceError) return shownAnswer(error)
  const { code, name } = error as { code?: unknown; name?: unknown }
  return `failed: ${String(code ?? name ?? 'unknown error')}`
}

function shownAnswer({ code, message, requestId }: SluiceError): string {
  const request = requestId === null ? '' : ` [request ${requestId}]`
  const next = nextStep(message)
  return printable(`the server gave no token: ${message} (${code})${request}${next && `; ${next}`}`)
}

/** Its fixed words for what is wrong with a token stand in parentheses; the code is the same for all of them. */
function nextStep(message: string): string {
  const [, reason] = /_token is not valid \(([a-z-]+)\)/.exec(message) ?? []
  if (reason === undefined) return ''
  return reason === 'unknown-issuer'
    ? 'what a platform says of its workload needs --workload or SLUICE_WORKLOAD=1'
    : 'hand the helper a token that is valid; where it has none but the login, run `sluice login`'
}
