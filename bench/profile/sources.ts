/** From a place in what was built to the place in the source, by the source maps beside it. */
import { existsSync, readFileSync } from 'node:fs'
import { SourceMap, type SourceMapPayload } from 'node:module'
import { dirname, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

export interface Sources {
  /** `src/…/file.ts:12`; node's own modules by their names. @param line from 0, as the column */
  placeOf(url: string, line: number, column: number): string
}

/** @param root checkout, which paths are shown below */
export function openSources(root: string): Sources {
  const maps = new Map<string, SourceMap | null>()
  const mapOf = (file: string) => {
    const known = maps.get(file)
    if (known !== undefined) return known
    const map = readMap(`${file}.map`)
    maps.set(file, map)
    return map
  }
  return {
    placeOf: (url, line, column) => {
      if (!url.startsWith('file:')) return url === '' ? '' : `${url}:${line + 1}`
      const file = fileURLToPath(url)
      const entry = mapOf(file)?.findEntry(line, column)
      if (entry === undefined || !('originalSource' in entry)) return `${relative(root, file)}:${line + 1}`
      const source = resolve(dirname(file), entry.originalSource)
      return `${relative(root, source)}:${entry.originalLine + 1}`
    },
  }
}

function readMap(file: string): SourceMap | null {
  if (!existsSync(file)) return null
  return new SourceMap(JSON.parse(readFileSync(file, 'utf8')) as SourceMapPayload)
}
