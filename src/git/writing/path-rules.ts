/** Which paths a commit made by the server may hold: what git would put into an index, and its fsck lets pass. */
import { toUSVString } from 'node:util'
import { isDotGit } from './dot-git.ts'

const MAX_PATH_BYTES = 4_096
const MAX_NAME_BYTES = 255
/** A tree is written for each; a path of 4,096 bytes could name two thousand. */
const MAX_NAMES = 64

/** @returns the rule that `path` breaks, or `null`. @see git-fsck(1), FSCK MESSAGES */
export function pathFault(path: string): string | null {
  if (path === '') return 'is empty'
  if (!isWellFormed(path)) return 'is not well-formed Unicode'
  if (path.includes('\0')) return 'holds a NUL'
  if (Buffer.byteLength(path) > MAX_PATH_BYTES) return `is longer than ${MAX_PATH_BYTES} bytes`
  if (path.startsWith('/')) return 'is absolute'
  const names = path.split('/')
  if (names.length > MAX_NAMES) return `is deeper than ${MAX_NAMES} names`
  return names.map(nameFault).find((fault) => fault !== null) ?? null
}

/** Text without half of a surrogate pair, which is no UTF-8. */
export function isWellFormed(text: string): boolean {
  return toUSVString(text) === text
}

function nameFault(name: string): string | null {
  if (name === '') return 'has an empty component'
  if (name === '.' || name === '..') return `has the component "${name}"`
  if (Buffer.byteLength(name) > MAX_NAME_BYTES) return `has a component longer than ${MAX_NAME_BYTES} bytes`
  return isDotGit(name) ? 'has the component ".git", or one that a file system takes for it' : null
}
