/** Where the next page of a history goes on: the tip stays what it was, whatever is pushed meanwhile. */
import { AppError } from '../../../kernel/errors.ts'
import type { Oid } from '../../../kernel/ids.ts'

export interface LogCursor {
  readonly tip: Oid
  /** Commits before it. */
  readonly offset: number
}

const CURSOR = /^(?<tip>[0-9a-f]{40}|[0-9a-f]{64})\.(?<offset>\d{1,9})$/

export function writeLogCursor({ tip, offset }: LogCursor): string {
  return Buffer.from(`${tip}.${offset}`).toString('base64url')
}

/** @throws AppError `VALIDATION_ERROR` */
export function parseLogCursor(text: string): LogCursor {
  const { tip, offset } = CURSOR.exec(Buffer.from(text, 'base64url').toString('latin1'))?.groups ?? {}
  if (tip === undefined) {
    const message = 'is not a cursor of this list'
    throw new AppError('VALIDATION_ERROR', { details: [{ path: 'querystring.cursor', message }] })
  }
  return { tip: tip as Oid, offset: Number(offset) }
}
