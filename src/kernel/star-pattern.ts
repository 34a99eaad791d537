/** Patterns in which `*` stands for any run of characters, and nothing else is special. */

/** In time that grows with the two lengths and no faster, whatever the pattern. */
export function matchesStars(pattern: string, text: string): boolean {
  const parts = pattern.split('*')
  const first = parts[0] ?? ''
  if (parts.length === 1) return text === pattern
  if (!text.startsWith(first)) return false
  let at = first.length
  for (const part of parts.slice(1, -1)) {
    const found = text.indexOf(part, at)
    if (found < 0) return false
    at = found + part.length
  }
  const last = parts.at(-1) ?? ''
  return text.length - at >= last.length && text.endsWith(last)
}
