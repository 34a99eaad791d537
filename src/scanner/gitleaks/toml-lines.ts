/** Where something stands in a TOML file that is written as people write such files: a key on a line. */

/**
 * Line of the value at a path, from 1; that of the nearest thing around it which can be found.
 *
 * @param path keys and indices, as a schema tells them
 */
export function lineOf(toml: string, path: readonly PropertyKey[]): number {
  const lines = toml.split('\n')
  let found = 0
  let table = ''
  for (let i = 0; i < path.length; i++) {
    const key = String(path[i])
    const index = path[i + 1]
    const name = table === '' ? key : `${table}.${key}`
    const header =
      typeof index === 'number' ? nthTable(lines, found, name, index) : tableOf(lines, found, name)
    const at = header ?? keyAt(lines, found, key)
    if (at === null) break
    found = at
    table = name
    if (typeof index === 'number') i++
  }
  return found + 1
}

function nthTable(lines: readonly string[], from: number, name: string, index: number): number | null {
  let left = index
  for (let i = from; i < lines.length; i++) {
    if (header(lines[i]) === `[[${name}]]` && left-- === 0) return i
  }
  return null
}

function tableOf(lines: readonly string[], from: number, name: string): number | null {
  const at = lines.findIndex((line, i) => i >= from && header(line) === `[${name}]`)
  return at < 0 ? null : at
}

/** Up to the next table. */
function keyAt(lines: readonly string[], from: number, key: string): number | null {
  for (let i = from; i < lines.length; i++) {
    const line = lines[i] ?? ''
    if (line.split('=', 1)[0]?.trim() === key && line.includes('=')) return i
    if (i > from && header(line) !== null) return null
  }
  return null
}

function header(line: string | undefined): string | null {
  return /^\s*(\[\[?[\w.\s]+\]?\])/.exec(line ?? '')?.[1]?.replace(/\s/g, '') ?? null
}
