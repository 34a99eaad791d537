/** Puts sections that were just measured into docs/benchmarks.md. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { LOAD_ENTRY } from '../load/entry.ts'
import type { Machine } from '../machine.ts'
import { ROWS } from '../rows.ts'
import { writeHead, writePage } from './page.ts'
import type { RunStamp } from './section.ts'

/** @param fresh title to section */
export function updatePage(
  root: string,
  machine: Machine,
  stamp: RunStamp,
  fresh: ReadonlyMap<string, string>,
): void {
  const order = [...ROWS, LOAD_ENTRY]
  const page = pageOf(root)
  writeFileSync(page.path, writePage(page.text, writeHead(machine, stamp), fresh, order))
}

/** `text` is empty when there is none yet. */
export function pageOf(root: string): { readonly path: string; readonly text: string } {
  const path = join(root, 'docs', 'benchmarks.md')
  return { path, text: existsSync(path) ? readFileSync(path, 'utf8') : '' }
}
