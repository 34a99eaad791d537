/** Names and ids of git, as branded strings: only the parsers below can make them. */
import { AppError } from './errors.ts'

declare const brand: unique symbol
type Brand<T, Name extends string> = T & { readonly [brand]: Name }

/** Object id: 40 (sha1) or 64 (sha256) lower-case hex digits. */
export type Oid = Brand<string, 'Oid'>
/** Full reference name, e.g. `refs/heads/main`. Never a short name. */
export type RefName = Brand<string, 'RefName'>
/** Lower-case UUID of a repository row; also the name of its directory. */
export type RepoId = Brand<string, 'RepoId'>

/** Hash algorithm of a repository, by git's own names. @see git-init(1), --object-format */
export type ObjectFormat = 'sha1' | 'sha256'

const OID = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/
const ZERO = /^0+$/
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

const FORBIDDEN_IN_REF = /[\x00-\x20\x7f~^:?*[\\\ufffd\p{Cs}]|\.\.|@\{|\/\/|\/\.|\.lock(?:\/|$)|\.$|\/$/u
/** A file system takes 255 bytes a component; git needs room for `.lock`. */
const MAX_COMPONENT_BYTES = 250
const MAX_REF_BYTES = 1024

export function isOid(text: string): text is Oid {
  return OID.test(text)
}

/** @throws AppError `INVALID_OID` */
export function parseOid(text: string): Oid {
  if (!isOid(text)) throw new AppError('INVALID_OID')
  return text
}

/** Hex digits of an object id: 40 or 64. */
export function oidLength(format: ObjectFormat): 40 | 64 {
  return format === 'sha1' ? 40 : 64
}

export function isZero(oid: Oid): boolean {
  return ZERO.test(oid)
}

/** The id that stands for "absent" on git's wire. */
export function zeroOid(format: ObjectFormat): Oid {
  return '0'.repeat(oidLength(format)) as Oid
}

/**
 * Full ref names only. A name that is not UTF-8 arrives with U+FFFD in it and is refused; so is half of a
 * surrogate pair, which git would be sent as U+FFFD.
 *
 * @see git-check-ref-format(1), rules 1-10
 */
export function isRefName(text: string): text is RefName {
  if (!text.startsWith('refs/') || FORBIDDEN_IN_REF.test(text)) return false
  if (Buffer.byteLength(text) > MAX_REF_BYTES) return false
  return text.split('/').every((part) => Buffer.byteLength(part) <= MAX_COMPONENT_BYTES)
}

/** @throws AppError `INVALID_REF_NAME` */
export function parseRefName(text: string): RefName {
  if (!isRefName(text)) throw new AppError('INVALID_REF_NAME')
  return text
}

export function branchRef(branch: string): RefName {
  return parseRefName(`refs/heads/${branch}`)
}

/** Upper-case digits are accepted and folded. */
export function isUuid(text: string): boolean {
  return UUID.test(text.toLowerCase())
}

/** @throws AppError `REPO_NOT_FOUND`: what cannot be an id names no repository */
export function parseRepoId(text: string): RepoId {
  const folded = text.toLowerCase()
  if (!UUID.test(folded)) throw new AppError('REPO_NOT_FOUND')
  return folded as RepoId
}
