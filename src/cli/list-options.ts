/** How much a list shows, over as many pages as that takes. */
import type { Command } from 'commander'
import type { Listing } from '../client/listing.ts'
import { count } from './arguments.ts'

const DEFAULT_MOST = 100
const PAGE = 100

export interface ListOptions {
  readonly limit: number
}

export function addListOptions(command: Command): Command {
  return command.option('-n, --limit <count>', 'most items to show', count, DEFAULT_MOST)
}

/** What a page need not be larger than. */
export function pageSize(most: number): { readonly limit: number } {
  return { limit: Math.min(PAGE, most) }
}

export async function first<Item>(listing: Listing<Item>, most: number): Promise<readonly Item[]> {
  const items: Item[] = []
  for await (const item of listing) {
    items.push(item)
    if (items.length === most) break
  }
  return items
}
