/** A commit or tag that is new in a quarantine, and what an event tells of it. Reads it where it lies loose. @see gitformat-loose(5) */
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { inflate } from 'node:zlib'
import type { CommitSummary } from '../../kernel/events.ts'
import { isOid, type Oid } from '../../kernel/ids.ts'
import type { ObjectType } from '../objects/object-type.ts'
import { parseTagHeader } from '../objects/tag-header.ts'

/** A bigger one is left to git. */
const MAX_COMMIT_BYTES = 256 * 1024
/** Of a message in an event. */
const MAX_MESSAGE_CHARS = 4_096
/** Of an author's name, and of his address. */
const MAX_NAME_CHARS = 256
const OBJECT_HEADER = /^([a-z]+) \d+\0/
const AUTHOR = /^(.*?) ?<([^>\n]*)>/

const unzip = promisify<Buffer, object, Buffer>(inflate)

export interface NewCommit {
  readonly type: 'commit'
  readonly parents: readonly Oid[]
  readonly summary: CommitSummary
}

export interface NewTag {
  readonly type: 'tag'
  /** A commit, or another tag; `null` where it is something else. */
  readonly target: Oid | null
}

/** `other`: present, and not a commit that can be read here. */
export type LooseObject = NewCommit | NewTag | { readonly type: 'other' } | null

/** @returns `null` when it is not there */
export async function readLooseCommit(directory: string, oid: Oid): Promise<LooseObject> {
  let deflated: Buffer
  try {
    deflated = await readFile(`${directory}/${oid.slice(0, 2)}/${oid.slice(2)}`)
  } catch (err) {
    if ((err as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw err
  }
  const bytes = await unzip(deflated, { maxOutputLength: MAX_COMMIT_BYTES }).catch(() => null)
  const [header = '', type = ''] = OBJECT_HEADER.exec(bytes?.toString('latin1', 0, 32) ?? '') ?? []
  return bytes === null ? { type: 'other' } : parseNew(oid, type, bytes.subarray(header.length))
}

/** What a quarantine tells of an object that it has read. */
export function parseNew(oid: Oid, type: ObjectType | string, content: Buffer): NonNullable<LooseObject> {
  const isRead = content.length <= MAX_COMMIT_BYTES
  if (type === 'commit' && isRead) return parseCommit(oid, content.toString()) ?? { type: 'other' }
  return type === 'tag' ? { type, target: targetOf(oid, content) } : { type: 'other' }
}

function targetOf({ length }: Oid, tag: Buffer): Oid | null {
  const target = parseTagHeader(tag, length)
  return target?.type === 'commit' || target?.type === 'tag' ? (target.oid as Oid) : null
}

/** @returns `null` for a text that is not UTF-8 by its own word, or not a commit */
export function parseCommit(oid: Oid, text: string): NewCommit | null {
  const end = text.indexOf('\n\n')
  const header = (end < 0 ? text : text.slice(0, end)).split('\n')
  const field = (name: string) =>
    header.filter((l) => l.startsWith(`${name} `)).map((l) => l.slice(name.length + 1))
  const author = AUTHOR.exec(field('author')[0] ?? '')
  if (author === null || field('encoding').length > 0) return null
  const [, name = '', email = ''] = author
  const message = end < 0 ? '' : text.slice(end + 2)
  return {
    type: 'commit',
    parents: field('parent').filter(isOid),
    summary: summarize(oid, name, email, message),
  }
}

export function summarize(sha: Oid, name: string, email: string, message: string): CommitSummary {
  return {
    sha,
    message: message.trimEnd().slice(0, MAX_MESSAGE_CHARS),
    author: { name: shortened(name), email: shortened(email) },
  }
}

function shortened(name: string): string {
  return name.trim().slice(0, MAX_NAME_CHARS)
}
