/** The first lines of an annotated tag: what it points at. Not its tagger, message or signature. */
import type { ObjectType } from './object-type.ts'

export interface TagHeader {
  /** Hex id of the tagged object. */
  readonly oid: string
  readonly type: ObjectType
}

/** Bytes from the start of a tag that hold its header whatever the object format. */
export const TAG_HEADER_BYTES = 128

const HEADER = /^object ([0-9a-f]+)\ntype (commit|tree|blob|tag)\ntag /i

/**
 * @param start of the tag's content; more is ignored
 * @returns `null` for what git would not parse as a tag
 * @see git's tag.c, parse_tag_buffer
 */
export function parseTagHeader(start: Buffer, hexLength: number): TagHeader | null {
  const match = HEADER.exec(start.toString('latin1', 0, TAG_HEADER_BYTES))
  const [, oid = '', type] = match ?? []
  return oid.length === hexLength ? { oid: oid.toLowerCase(), type: type as ObjectType } : null
}
