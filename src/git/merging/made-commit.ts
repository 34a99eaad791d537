/** The bytes of commits: those that merges make, and those that a rebase copies from. */
import type { Identity } from '../../kernel/identity.ts'
import { parseOid, type Oid } from '../../kernel/ids.ts'
import type { NewObject } from '../../kernel/ports.ts'

export interface Signed extends Identity {
  /** Since 1970. */
  readonly seconds: number
}

/** A commit that is to be. */
export interface Made {
  readonly tree: Oid
  readonly parents: readonly Oid[]
  readonly author: Signed
  /** The committer. */
  readonly by: Signed
  readonly message: string
}

/** A commit that is, byte for byte: texts are latin1, so that any encoding survives. */
export interface RawCommit {
  readonly tree: Oid
  readonly parents: readonly Oid[]
  /** Name, address, time and zone. */
  readonly author: string
  readonly encoding: string | null
  readonly message: string
}

/** In UTF-8, with one line feed at its end. */
export function written({ tree, parents, author, by, message }: Made): NewObject {
  const header = headerOf({ tree, parents, author: line(author), encoding: null }, by)
  return { type: 'commit', content: Buffer.from(`${header}\n${message.trimEnd()}\n`) }
}

/** The same change by the same author, elsewhere. Signatures do not survive: they are of the old commit. */
export function rewritten(commit: RawCommit, by: Signed): NewObject {
  const { name, email, seconds } = by
  // the commit's own encoding is that of its author and message; only the committer is not in latin1 yet
  const raw = (text: string) => Buffer.from(text).toString('latin1')
  const header = headerOf(commit, { name: raw(name), email: raw(email), seconds })
  return { type: 'commit', content: Buffer.from(`${header}\n${commit.message}`, 'latin1') }
}

/** @throws AppError `INVALID_OID` for what is no commit */
export function parseRawCommit(content: Buffer): RawCommit {
  const text = content.toString('latin1')
  const end = text.indexOf('\n\n')
  const header = end < 0 ? text : text.slice(0, end)
  const fields = (name: string) =>
    header.split('\n').flatMap((l) => (l.startsWith(`${name} `) ? l.slice(name.length + 1) : []))
  return {
    tree: parseOid(fields('tree')[0] ?? ''),
    parents: fields('parent').map(parseOid),
    author: fields('author')[0] ?? '',
    encoding: fields('encoding')[0] ?? null,
    message: end < 0 ? '' : text.slice(end + 2),
  }
}

/** @see git-commit-tree(1); gitformat-signature(5) shows the lines */
function headerOf(commit: Omit<RawCommit, 'message'>, by: Signed): string {
  const parents = commit.parents.map((oid) => `parent ${oid}\n`).join('')
  const encoding = commit.encoding === null ? '' : `encoding ${commit.encoding}\n`
  return `tree ${commit.tree}\n${parents}author ${commit.author}\ncommitter ${line(by)}\n${encoding}`
}

function line({ name, email, seconds }: Signed): string {
  return `${name} <${email}> ${seconds} +0000`
}
