/** From whatever a command threw to its exit code and to what its caller reads. */
import { CommanderError } from 'commander'
import { LoginFileError } from '../client/logins/login-files.ts'
import { NotSignedInError } from '../client/logins/login-credential.ts'
import { SluiceError } from '../client/sluice-error.ts'
import { ConfigError } from '../config/config-error.ts'
import { AppError } from '../kernel/errors.ts'
import { CommandError } from './command-error.ts'
import { exitOfStatus, EXITS, type Exit } from './exit-codes.ts'
import { printable, printableJson } from '../client/printable.ts'

export interface Failure {
  readonly exit: Exit
  readonly code: string
  readonly message: string
  readonly details: unknown
  readonly requestId: string | null
  /** What to do next. */
  readonly hint: string | null
}

const SIGN_IN = 'sign in with sluice login, or give a token by SLUICE_TOKEN or --token-file'

/** What to do next, where the error itself does not say. */
const HINTS: Readonly<Partial<Record<Exit, string>>> = {
  notSignedIn: SIGN_IN,
  forbidden: 'sluice whoami shows what the token in use allows',
  unavailable: 'try again in a moment',
}

/** The same for errors that another try does not mend. */
const HINTS_OF_CODE: Readonly<Record<string, string>> = {
  DATA_DIRECTORY_IN_USE: 'stop that server first',
  KEY_SECRET_UNUSABLE:
    'set SLUICE_KEY_SECRET, or key.secret in the data directory, to the one that sealed the database',
}

const SHOWS_MORE = 'ask for less; sluice whoami shows what the token in use allows'

/** The same for errors of the token endpoint, which are all of one status. @see RFC 6749, section 5.2 */
const OAUTH_HINTS: Readonly<Record<string, string>> = {
  invalid_scope: SHOWS_MORE,
  invalid_target: 'sluice repo list shows the repositories that the token in use can see',
  invalid_authorization_details: SHOWS_MORE,
}

export function describeFailure(thrown: unknown): Failure {
  const nothing = { details: null, requestId: null, hint: null }
  if (thrown instanceof CommandError)
    return {
      ...nothing,
      exit: thrown.exit,
      code: codeOf(thrown.exit),
      message: thrown.message,
      hint: thrown.hint,
    }
  if (thrown instanceof CommanderError)
    return { ...nothing, exit: 'usage', code: codeOf('usage'), message: thrown.message }
  if (thrown instanceof SluiceError) return thrown.code === 'NO_ANSWER' ? noAnswer(thrown) : ofAnswer(thrown)
  if (thrown instanceof NotSignedInError)
    return { ...nothing, exit: 'notSignedIn', code: 'UNAUTHORIZED', message: thrown.message, hint: SIGN_IN }
  if (thrown instanceof AppError) return ofAnswer(new SluiceError(thrown.code, thrown.message, thrown))
  if (thrown instanceof ConfigError || thrown instanceof LoginFileError)
    return { ...nothing, exit: 'usage', code: codeOf('usage'), message: thrown.message }
  return { ...nothing, exit: 'failure', code: codeOf('failure'), message: messageOf(thrown) }
}

/** Lines for stderr. */
export function failureText({ message, details, hint, requestId }: Failure): string {
  const lines = [`sluice: ${message}${reasonOf(details)}`.split('\n'), faultsOf(details)].flat()
  if (hint !== null) lines.push(`  next: ${hint}`)
  if (requestId !== null) lines.push(`  request: ${requestId}`)
  return lines.map((line) => `${line.startsWith('  ') ? '  ' : ''}${printable(line).trim()}\n`).join('')
}

/** For machines, on stderr. */
export function failureJson({ exit, code, message, details, requestId, hint }: Failure): string {
  const error = { code, message, details, requestId, hint, exitCode: EXITS[exit].code }
  return `${printableJson({ error })}\n`
}

/** commander has said all there is to say. */
export function exitOfCommander({ exitCode }: CommanderError): number {
  return exitCode === 0 ? EXITS.ok.code : EXITS.usage.code
}

function ofAnswer({ status, code, message, details, requestId }: SluiceError): Failure {
  const exit = exitOfStatus(status)
  const hint = hintOf(details) ?? OAUTH_HINTS[code] ?? HINTS_OF_CODE[code] ?? HINTS[exit] ?? null
  return { exit, code, message, details, requestId, hint }
}

function hintOf(details: unknown): string | null {
  const { hint } = (details ?? {}) as { hint?: unknown }
  return typeof hint === 'string' ? hint : null
}

function reasonOf(details: unknown): string {
  const { reason, repository, required } = (details ?? {}) as Readonly<Record<string, unknown>>
  if (typeof reason === 'string')
    return `: ${reason}${typeof repository === 'string' ? ` (${repository})` : ''}`
  return typeof required === 'string' ? `: needs ${required}` : ''
}

/** What `VALIDATION_ERROR` lists. */
function faultsOf(details: unknown): string[] {
  if (!Array.isArray(details)) return []
  return details.map((fault: { path?: unknown; message?: unknown } | null) =>
    ['  ', textOf(fault?.path), ': ', textOf(fault?.message)].join(''),
  )
}

/** Others may answer something else in its place. */
function textOf(member: unknown): string {
  return typeof member === 'string' ? member : ''
}

function noAnswer({ code, message, cause }: SluiceError): Failure {
  const why = systemCode(cause)
  return {
    exit: 'unavailable',
    code,
    message: why === null ? message : `${message} (${why})`,
    details: null,
    requestId: null,
    hint: 'does it run, and do --server or SLUICE_URL name it?',
  }
}

/** `ECONNREFUSED`, `ENOTFOUND`, …: what the system said at the bottom of it. */
function systemCode(cause: unknown): string | null {
  if (!(cause instanceof Error)) return null
  const { code } = cause as NodeJS.ErrnoException
  return typeof code === 'string' ? code : systemCode(cause.cause)
}

function codeOf(exit: Exit): string {
  return exit.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()
}

function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown)
}
