/** Does a value look like a secret that a machine made, rather than words, a name, a hash or a placeholder? */
import { entropy } from '../engine/entropy.ts'

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i
const HEX = /^[0-9a-f]+$/i
const ABOUT_HASHES =
  /hash|sha\d|digest|checksum|md5|fingerprint|integrity|public|pub_?key|csrf_?name|etag|revision|commit/i
const ENDS_IN_ID = /[_-]id$|Ids?$/
/** Random letters and digits change their class in more than half of all places, names in less than a fifth. */
const MIN_CHANGES = 0.22

/** @param match from the name that it is assigned to */
export function looksRandom(value: string, match: string): boolean {
  const name = match.slice(0, match.length - value.length)
  if (UUID.test(value) || ABOUT_HASHES.test(name) || ENDS_IN_ID.test(nameOnly(name))) return false
  if (!/\d.*\d/.test(value) || !/[a-z].*[a-z]/i.test(value)) return false
  if (HEX.test(value)) return entropy(value) > 3
  return entropy(value) > 3.5 && changesOfClass(value) > MIN_CHANGES
}

function nameOnly(assignment: string): string {
  return /^[\w.-]*/.exec(assignment)?.[0] ?? ''
}

function changesOfClass(text: string): number {
  let changes = 0
  let last = ''
  for (const char of text) {
    const kind = char >= '0' && char <= '9' ? 'digit' : char >= 'a' && char <= 'z' ? 'lower' : 'upper'
    if (last !== '' && kind !== last && /[0-9A-Za-z]/.test(char)) changes++
    last = kind
  }
  return changes / text.length
}
