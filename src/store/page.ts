/** Pages of lists that stay where they are while rows are added: the place is that of the last row seen. */
import { AppError } from '../kernel/errors.ts'

export interface PageRequest {
  readonly limit: number
  /** `nextCursor` of the page before; wins over `offset`. */
  readonly cursor?: string | undefined
  /** Rows to skip; not stable under inserts. */
  readonly offset?: number | undefined
}

export interface Page<T> {
  readonly items: readonly T[]
  /** `null` on the last page. */
  readonly nextCursor: string | null
}

/** Where a row stands in a list sorted by time, newest first, then by id. */
export interface Place {
  readonly createdAt: number
  readonly id: string
}

export function writeCursor({ createdAt, id }: Place): string {
  return Buffer.from(`${createdAt} ${id}`).toString('base64url')
}

/** @throws AppError `VALIDATION_ERROR`: not a cursor of ours */
export function parseCursor(cursor: string): Place {
  const [, createdAt, id] =
    /^(\d{1,15}) ([0-9a-f-]{36})$/.exec(Buffer.from(cursor, 'base64url').toString()) ?? []
  if (createdAt === undefined || id === undefined) throw invalidCursor()
  return { createdAt: Number(createdAt), id }
}

export function invalidCursor(): AppError {
  return new AppError('VALIDATION_ERROR', {
    details: [{ path: 'cursor', message: 'not a cursor of this list' }],
  })
}

/** @param rows one more than `limit` were asked for, to see whether there is a next page */
export function toPage<Row, T>(
  rows: readonly Row[],
  limit: number,
  map: { item: (row: Row) => T; cursor: (row: Row) => string },
): Page<T> {
  const shown = rows.slice(0, limit)
  const last = shown.at(-1)
  const more = rows.length > limit && last !== undefined
  return { items: shown.map(map.item), nextCursor: more ? map.cursor(last) : null }
}
