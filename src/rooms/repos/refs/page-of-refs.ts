/** One page of the branches or tags of a repository, by name. Reads no object. */
import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { ListedRef, RefSnapshot } from '../../../git/refs/ref-snapshot.ts'
import { pageQuery } from '../../../http/pagination.ts'
import { isRefName } from '../../../kernel/ids.ts'
import { invalidCursor, type PageRequest } from '../../../store/page.ts'

export const RefsQuery = z.object({
  ...pageQuery({ default: 100, max: 500 }),
  q: z.string().max(256).optional().meta({ description: 'part of the name' }),
})

export interface NamedRef extends ListedRef {
  readonly short: string
}

export interface PageOfRefs {
  readonly items: readonly NamedRef[]
  /** `null` on the last page. */
  readonly nextCursor: string | null
}

/**
 * @param prefix `refs/heads/` or `refs/tags/`
 * @param q part of the short name, in any case
 * @throws AppError `VALIDATION_ERROR`: not a cursor of this list
 */
export function pageOfRefs(
  snapshot: RefSnapshot,
  prefix: string,
  { limit, cursor, offset = 0, q = '' }: PageRequest & { readonly q?: string | undefined },
): PageOfRefs {
  const after = cursor === undefined ? {} : { after: readCursor(prefix, cursor) }
  const wanted = q.toLowerCase()
  const items: NamedRef[] = []
  let toSkip = cursor === undefined ? offset : 0
  for (const ref of snapshot.list({ prefixes: [prefix], hidden: [], ...after })) {
    const short = ref.name.slice(prefix.length)
    if (!short.toLowerCase().includes(wanted) || toSkip-- > 0) continue
    if (items.length === limit) return { items, nextCursor: writeCursor(items.at(-1)?.short ?? '') }
    items.push({ ...ref, short })
  }
  return { items, nextCursor: null }
}

/** For the validator of a page: changes whenever one of `facts` does. */
export function versionOf(facts: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(facts)).digest('base64url').slice(0, 27)
}

function writeCursor(short: string): string {
  return Buffer.from(short).toString('base64url')
}

function readCursor(prefix: string, cursor: string): string {
  const name = prefix + Buffer.from(cursor, 'base64url').toString()
  if (!isRefName(name)) throw invalidCursor()
  return name
}
