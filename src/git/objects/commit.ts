/** The text of commits and annotated tags as values. Signatures of keys are passed over, not checked. */
import type { Oid } from '../../kernel/ids.ts'
import { isObjectType, type ObjectType } from './object-type.ts'

/** Who, and when. */
export interface Signature {
  readonly name: string
  readonly email: string
  /** Since 1970; 0 where the object names no time that a calendar has. */
  readonly seconds: number
  /** As written, e.g. `+0130`. */
  readonly zone: string
}

export interface Commit {
  readonly oid: Oid
  readonly tree: Oid
  readonly parents: readonly Oid[]
  readonly author: Signature
  readonly committer: Signature
  /** With its last line feed if it has one; whole up to `MAX_MESSAGE_BYTES`. */
  readonly message: string
}

export interface Tag {
  readonly oid: Oid
  readonly target: Oid
  readonly targetType: ObjectType
  readonly name: string
  /** `null` in tags of git's first months. */
  readonly tagger: Signature | null
  readonly message: string
}

interface Text {
  readonly fields: ReadonlyMap<string, readonly string[]>
  readonly message: string
}

/** Of a message; the rest is left out. One list shows many, and each may be as large as a pack. */
export const MAX_MESSAGE_BYTES = 64 * 1024
/** Room for five thousand parents. */
const MAX_HEADER_BYTES = 256 * 1024
const MAX_NAME_CHARS = 1_000

/**
 * @returns `null` for what names no tree, and for a header of more than 256 KiB
 * @see git-commit-tree(1); gitformat-signature(5) for the lines that are passed over
 */
export function parseCommit(oid: Oid, content: Buffer): Commit | null {
  const { fields, message } = readText(content)
  const [tree] = fields.get('tree') ?? []
  if (tree === undefined) return null
  return {
    oid,
    tree: tree as Oid,
    parents: (fields.get('parent') ?? []) as readonly string[] as readonly Oid[],
    author: parseSignature(fields.get('author')?.[0] ?? ''),
    committer: parseSignature(fields.get('committer')?.[0] ?? ''),
    message,
  }
}

/** @returns `null` for what is no tag. @see git-mktag(1) */
export function parseTag(oid: Oid, content: Buffer): Tag | null {
  const { fields, message } = readText(content)
  const [target] = fields.get('object') ?? []
  const [type = ''] = fields.get('type') ?? []
  if (target === undefined || !isObjectType(type)) return null
  const tagger = fields.get('tagger')?.[0]
  return {
    oid,
    target: target as Oid,
    targetType: type,
    name: fields.get('tag')?.[0] ?? '',
    tagger: tagger === undefined ? null : parseSignature(tagger),
    message,
  }
}

/** Header lines by their first word; lines that begin with a space continue a field nobody here reads. */
function readText(content: Buffer): Text {
  const end = content.indexOf('\n\n')
  const header = content.subarray(0, end < 0 ? content.length : end)
  if (header.length > MAX_HEADER_BYTES) return { fields: new Map(), message: '' }
  const decode = decoderOf(header)
  const lines = decode(header).split('\n')
  const fields = new Map<string, string[]>()
  for (const line of lines) {
    const space = line.indexOf(' ')
    if (space <= 0) continue
    const name = line.slice(0, space)
    const values = fields.get(name) ?? []
    values.push(line.slice(space + 1))
    fields.set(name, values)
  }
  return { fields, message: end < 0 ? '' : messageOf(content.subarray(end + 2), decode) }
}

/** What was cut ends with its last whole character. */
function messageOf(bytes: Buffer, decode: (bytes: Buffer) => string): string {
  if (bytes.length <= MAX_MESSAGE_BYTES) return decode(bytes)
  return decode(bytes.subarray(0, MAX_MESSAGE_BYTES)).replace(/\ufffd$/, '')
}

const ENCODING = /^encoding (.+)$/m
const LATIN1 = /^(?:latin-?1|iso-?8859-1)$/i

/** By the `encoding` field; UTF-8 where there is none, or none that is known. */
function decoderOf(header: Buffer): (bytes: Buffer) => string {
  const [, label] = header.includes('\nencoding ') ? (ENCODING.exec(header.toString('latin1')) ?? []) : []
  if (label === undefined) return (bytes) => bytes.toString()
  if (LATIN1.test(label)) return (bytes) => bytes.toString('latin1') // the web's label means windows-1252
  try {
    const decoder = new TextDecoder(label, { ignoreBOM: true })
    return (bytes) => decoder.decode(bytes)
  } catch {
    return (bytes) => bytes.toString()
  }
}

const TIME = /^\s*(\d+)(?:\s+([+-]\d+))?/
/** The last second that a JavaScript `Date` can name. */
const MAX_SECONDS = 8.64e12

/** Takes what it can of a broken line, as git does. @see git's ident.c, split_ident_line */
export function parseSignature(line: string): Signature {
  const open = line.indexOf('<')
  const close = line.indexOf('>', open + 1)
  const name = (open < 0 ? line : line.slice(0, open)).trim().slice(0, MAX_NAME_CHARS)
  if (open < 0 || close < 0) return { name, email: '', seconds: 0, zone: '+0000' }
  const [, seconds = '0', zone = '+0000'] = TIME.exec(line.slice(line.lastIndexOf('>') + 1)) ?? []
  const time = Number(seconds)
  return {
    name,
    email: line
      .slice(open + 1, close)
      .trim()
      .slice(0, MAX_NAME_CHARS),
    seconds: time <= MAX_SECONDS ? time : 0,
    zone,
  }
}
