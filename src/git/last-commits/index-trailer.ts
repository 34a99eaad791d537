/** The end of a file of last commits: says what the file is, and where its parts lie. See index-file.ts. */
import type { ObjectFormat, Oid } from '../../kernel/ids.ts'

export interface Trailer {
  readonly head: Oid
  /** Directories, and first parents, that are in the tables. */
  readonly directories: number
  readonly commits: number
  /** Where the tables begin; the first one behind the last record. */
  readonly directoriesAt: number
  readonly lineAt: number
  /** Of all before the trailer. */
  readonly checksum: number
}

const MAGIC = 'SLLC'
const VERSION = 1
const MAX_OID_BYTES = 32
const OID_AT = 8
const NUMBERS_AT = OID_AT + MAX_OID_BYTES
export const TRAILER_BYTES = NUMBERS_AT + 4 + 4 + 6 + 6 + 4

export function writeTrailer(trailer: Trailer): Buffer {
  const bytes = Buffer.alloc(TRAILER_BYTES)
  bytes.write(MAGIC, 'latin1')
  bytes.writeUInt16BE(VERSION, 4)
  bytes.writeUInt16BE(bytes.write(trailer.head, OID_AT, 'hex'), 6)
  let at = bytes.writeUInt32BE(trailer.directories, NUMBERS_AT)
  at = bytes.writeUInt32BE(trailer.commits, at)
  at = bytes.writeUIntBE(trailer.directoriesAt, at, 6)
  at = bytes.writeUIntBE(trailer.lineAt, at, 6)
  bytes.writeUInt32BE(trailer.checksum, at)
  return bytes
}

/** @returns `null` for what is none, or of another version or object format */
export function parseTrailer(bytes: Buffer, format: ObjectFormat): Trailer | null {
  const oidBytes = format === 'sha1' ? 20 : 32
  if (bytes.length !== TRAILER_BYTES || bytes.toString('latin1', 0, 4) !== MAGIC) return null
  if (bytes.readUInt16BE(4) !== VERSION || bytes.readUInt16BE(6) !== oidBytes) return null
  return {
    head: bytes.toString('hex', OID_AT, OID_AT + oidBytes) as Oid,
    directories: bytes.readUInt32BE(NUMBERS_AT),
    commits: bytes.readUInt32BE(NUMBERS_AT + 4),
    directoriesAt: bytes.readUIntBE(NUMBERS_AT + 8, 6),
    lineAt: bytes.readUIntBE(NUMBERS_AT + 14, 6),
    checksum: bytes.readUInt32BE(NUMBERS_AT + 20),
  }
}
