/** Turns the changes of a body into those that a tree can take: contents become objects with an id. */
import { hashObject, type HashedObject } from '../../../git/quarantine/hashed-object.ts'
import type { Change } from '../../../git/writing/change.ts'
import { AppError } from '../../../kernel/errors.ts'
import { oidLength, type ObjectFormat, type Oid } from '../../../kernel/ids.ts'
import type { ChangeBody } from './change-schema.ts'
import { decode, decodedBytes } from './content.ts'

/** Of all contents of one commit together, decoded. */
export const MAX_CONTENT_BYTES = 32 * 1024 * 1024

export interface PreparedChanges {
  readonly changes: readonly Change[]
  readonly blobs: readonly HashedObject[]
  /** Of all blobs. */
  readonly bytes: number
}

/** @throws AppError `PAYLOAD_TOO_LARGE`; `UNPROCESSABLE` for a submodule's id of another object format */
export function prepareChanges(list: readonly ChangeBody[], format: ObjectFormat): PreparedChanges {
  const puts = list.filter((change) => change.action === 'put')
  const bytes = puts.reduce((sum, put) => sum + decodedBytes(put), 0)
  if (bytes > MAX_CONTENT_BYTES)
    throw new AppError('PAYLOAD_TOO_LARGE', { details: { limitBytes: MAX_CONTENT_BYTES } })
  const blobs: HashedObject[] = []
  const changes = list.map((change, i): Change => {
    if (change.action !== 'put') return change
    const { action, path, mode = null } = change
    if (mode === '160000') return { action, path, mode, oid: submodule(change, i, format) }
    const blob = hashObject({ type: 'blob', content: decode(change) }, format)
    blobs.push(blob)
    return { action, path, mode, oid: blob.oid }
  })
  return { changes, blobs, bytes }
}

function submodule(
  { path, content }: { path: string; content: string },
  change: number,
  format: ObjectFormat,
): Oid {
  if (content.length === oidLength(format)) return content as Oid
  const reason = `not an object id of this repository, which is a ${format} one`
  throw new AppError('UNPROCESSABLE', { details: { reason, path, change } })
}
