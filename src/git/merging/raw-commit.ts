/** Commits that are copied byte for byte, whatever their encoding. Commits of our own: see writing/commit-text.ts. */
import { parseOid, type Oid } from '../../kernel/ids.ts'
import type { Signature } from '../objects/commit.ts'

/** Texts are latin1: one character a byte. */
export interface RawCommit {
  readonly tree: Oid
  readonly parents: readonly Oid[]
  /** Name, address, time and zone. */
  readonly author: string
  readonly encoding: string | null
  readonly message: string
}

/** @throws AppError `INVALID_OID` for what is no commit */
export function parseRawCommit(content: Buffer): RawCommit {
  const text = content.toString('latin1')
  const end = text.indexOf('\n\n')
  const lines = (end < 0 ? text : text.slice(0, end)).split('\n')
  const fields = (name: string) =>
    lines.flatMap((line) => (line.startsWith(`${name} `) ? line.slice(name.length + 1) : []))
  return {
    tree: parseOid(fields('tree')[0] ?? ''),
    parents: fields('parent').map(parseOid),
    author: fields('author')[0] ?? '',
    encoding: fields('encoding')[0] ?? null,
    message: end < 0 ? '' : text.slice(end + 2),
  }
}

/**
 * The same words of the same author. Signatures do not survive: they are of another commit. The committer is
 * written in UTF-8 whatever the encoding of the rest is.
 */
export function writeRawCommit(commit: RawCommit, committer: Signature): Buffer {
  const { tree, parents, author, encoding, message } = commit
  const { name, email, seconds, zone } = committer
  const lines = [
    `tree ${tree}`,
    ...parents.map((parent) => `parent ${parent}`),
    `author ${author}`,
    `committer ${Buffer.from(`${name} <${email}> ${seconds} ${zone}`).toString('latin1')}`,
    ...(encoding === null ? [] : [`encoding ${encoding}`]),
  ]
  return Buffer.from(`${lines.join('\n')}\n\n${message}`, 'latin1')
}
