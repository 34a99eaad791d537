/** The address under which a repository is announced: what `a`, `A` and `q` tags hold. @see NIP-34, NIP-01 */
import { KIND } from '../kinds.ts'
import { isHexKey } from '../npub.ts'

export interface Coordinate {
  /** Public key of its owner, hex. */
  readonly owner: string
  readonly identifier: string
}

const MAX_IDENTIFIER_BYTES = 251
/** Nothing that a path, a URL or a terminal would take for something else. */
const UNFIT = /[\x00-\x1f\x7f/\\\p{Cs}]/u

export function coordinateOf({ owner, identifier }: Coordinate): string {
  return `${KIND.announcement}:${owner}:${identifier}`
}

/** @returns `null` unless it is one */
export function parseCoordinate(text: string): Coordinate | null {
  const [kind, owner = '', ...rest] = text.split(':')
  const identifier = rest.join(':')
  const isOne = kind === String(KIND.announcement) && isHexKey(owner) && isIdentifier(identifier)
  return isOne ? { owner, identifier } : null
}

/** May a repository be called so? It stands in URLs, and with `.git` in a file name. */
export function isIdentifier(text: string): boolean {
  if (text === '' || text === '.' || text === '..' || UNFIT.test(text)) return false
  return Buffer.byteLength(text) <= MAX_IDENTIFIER_BYTES
}
