/** The server's log: lines of JSON on standard error. */
import pino, { type Logger } from 'pino'

export interface DescribedError {
  readonly type: string
  readonly message: string
  readonly code?: string
  /** Of an AppError: fixed words, see kernel/errors.ts. */
  readonly details?: unknown
  readonly stack?: string
  readonly cause?: DescribedError
}

const MAX_CAUSES = 5

export function openLog(level: string): Logger {
  return pino(
    { level, serializers: { err: (err: unknown) => describeError(err) } },
    pino.destination({ dest: 2, sync: false }),
  )
}

/**
 * What is logged of an error: these members and no others. Libraries hang on it what they were given,
 * such as the password that Redis did not like, or the address that could not be parsed.
 */
export function describeError(thrown: unknown, causes = MAX_CAUSES): DescribedError {
  if (!(thrown instanceof Error)) return { type: typeof thrown, message: 'what was thrown is no Error' }
  const { name, message, stack, cause, code, details } = thrown as Error & {
    code?: unknown
    details?: unknown
  }
  return {
    type: name,
    message,
    ...(typeof code === 'string' && { code }),
    ...(name === 'AppError' && details !== null && { details }),
    ...(stack !== undefined && { stack }),
    ...(cause !== undefined && causes > 0 && { cause: describeError(cause, causes - 1) }),
  }
}
