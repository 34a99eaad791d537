/** Reads what SSH writes: strings behind their length. @see RFC 4251, section 5 */

/**
 * Takes one string off the front.
 *
 * @returns `null` when the bytes do not hold a whole one
 */
export function takeString(bytes: Buffer): { readonly value: Buffer; readonly rest: Buffer } | null {
  if (bytes.length < 4) return null
  const end = 4 + bytes.readUInt32BE(0)
  if (bytes.length < end) return null
  return { value: bytes.subarray(4, end), rest: bytes.subarray(end) }
}

/** All the strings that the bytes are made of, or `null` when something else is in there. */
export function readStrings(bytes: Buffer): readonly Buffer[] | null {
  const strings: Buffer[] = []
  for (let rest = bytes; rest.length > 0;) {
    const taken = takeString(rest)
    if (taken === null) return null
    strings.push(taken.value)
    rest = taken.rest
  }
  return strings
}

export function writeStrings(...strings: readonly (string | Buffer)[]): Buffer {
  return Buffer.concat(
    strings.flatMap((string) => {
      const bytes = Buffer.from(string)
      const length = Buffer.alloc(4)
      length.writeUInt32BE(bytes.length)
      return [length, bytes]
    }),
  )
}
