/** A path as git prints it where it cannot end it with NUL. */

const ESCAPE = /\\(?:([0-7]{3})|(.))/g
const LETTERS: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
}

/**
 * Takes the quotes off a path that has them.
 *
 * @see git-config(1), core.quotePath; git's quote.c, unquote_c_style
 */
export function unquotePath(bytes: Buffer): string {
  const text = bytes.toString('latin1')
  if (!text.startsWith('"')) return bytes.toString()
  const plain = text.slice(1, -1).replace(ESCAPE, (_, octal: string | undefined, letter: string) => {
    return octal === undefined ? (LETTERS[letter] ?? letter) : String.fromCharCode(Number.parseInt(octal, 8))
  })
  return Buffer.from(plain, 'latin1').toString()
}
