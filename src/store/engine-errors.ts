/** Reads the errors of both engines. Everything that is not named here is a bug and stays as it is. */
import { AppError } from '../kernel/errors.ts'

/** SQLITE_BUSY and SQLITE_LOCKED. @see https://sqlite.org/rescode.html */
const SQLITE_LOCKED = new Set([5, 6])
/** SQLITE_CONSTRAINT_PRIMARYKEY and SQLITE_CONSTRAINT_UNIQUE. */
const SQLITE_UNIQUE = new Set([1555, 2067])

/** @see https://www.postgresql.org/docs/15/errcodes-appendix.html */
const POSTGRES_PASSING = new Set([
  '40001', // serialization_failure
  '40P01', // deadlock_detected
  '53300', // too_many_connections
  '55P03', // lock_not_available
  '57014', // query_canceled: one of our timeouts
  '57P01', // admin_shutdown
  '57P02', // crash_shutdown
  '57P03', // cannot_connect_now
])
/** SQLITE_IOERR, SQLITE_FULL and SQLITE_CANTOPEN. */
const SQLITE_DISK = new Set([10, 13, 14])
/** Classes 53 (insufficient resources) and 58 (errors of the system). */
const POSTGRES_DISK = /^(53|58)/
const POSTGRES_UNIQUE = '23505'
/** SQLSTATE class 08 (connection exceptions) and the errors of a socket. */
const CONNECTION_LOST = /^(08.{3}|ECONN\w+|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENOTFOUND|EAI_AGAIN)$/
/** Of node-postgres, which gives these no code. */
const CONNECTION_LOST_TEXT =
  /^(Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error)/

interface EngineError {
  readonly code?: unknown
  /** Extended result code of SQLite; the low byte is the primary one. */
  readonly errcode?: unknown
  readonly message?: unknown
}

/** A lock, a conflict or a lost connection becomes AppError `UNAVAILABLE`; others pass unchanged. */
export function translateError(err: unknown): unknown {
  return isPassing(err) ? new AppError('UNAVAILABLE', { cause: err }) : err
}

export function isUniqueViolation(err: unknown): boolean {
  const { code, errcode } = err as EngineError
  return code === POSTGRES_UNIQUE || (typeof errcode === 'number' && SQLITE_UNIQUE.has(errcode))
}

/** Has the database no room, or trouble with its disk? That may last, and is nobody's fault who writes. */
export function isDatabaseFull(err: unknown): boolean {
  const { code, errcode } = (err ?? {}) as EngineError
  if (typeof errcode === 'number') return SQLITE_DISK.has(errcode & 0xff)
  return typeof code === 'string' && POSTGRES_DISK.test(code)
}

/** May the same go well a little later? */
export function isPassing(err: unknown): boolean {
  const { code, errcode, message } = err as EngineError
  if (typeof errcode === 'number') return SQLITE_LOCKED.has(errcode & 0xff)
  if (typeof code === 'string') return POSTGRES_PASSING.has(code) || CONNECTION_LOST.test(code)
  return typeof message === 'string' && CONNECTION_LOST_TEXT.test(message)
}
