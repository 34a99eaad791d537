/** Values that git quotes as C does: push options and leases with anything unusual in them. @see git's quote.c */

const ESCAPES: Readonly<Record<string, number>> = {
  a: 7,
  b: 8,
  t: 9,
  n: 10,
  v: 11,
  f: 12,
  r: 13,
  '"': 34,
  '\\': 92,
}

/** The text itself unless it begins with a quote; `null` when its quoting makes no sense. */
export function unquote(text: string): string | null {
  if (!text.startsWith('"')) return text
  if (!/^"(?:[^"\\]|\\(?:[abtnvfr"\\]|[0-3][0-7]{2}))*"$/s.test(text)) return null
  const bytes: Buffer[] = []
  for (const [part, octal, letter] of text.slice(1, -1).matchAll(/\\([0-7]{3})|\\(.)|[^\\]+/gs)) {
    if (octal !== undefined) bytes.push(Buffer.of(Number.parseInt(octal, 8)))
    else if (letter !== undefined) bytes.push(Buffer.of(ESCAPES[letter] ?? 0))
    else bytes.push(Buffer.from(part))
  }
  return Buffer.concat(bytes).toString()
}
