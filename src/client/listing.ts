/** A list that the server gives in pages. Nothing is asked for before somebody reads. */
import { MAX_JSON_BYTES, readText } from './read-text.ts'
import { SluiceError } from './sluice-error.ts'

export interface Page<Item> {
  readonly items: readonly Item[]
  /** `cursor` of the page after this one; `null` on the last. */
  readonly nextCursor: string | null
}

/** Asks for the page at a cursor; `undefined`: the first. */
export type FetchPage = (cursor: string | undefined) => Promise<Response>

export class Listing<Item> implements AsyncIterable<Item> {
  readonly #fetchPage: FetchPage

  constructor(fetchPage: FetchPage) {
    this.#fetchPage = fetchPage
  }

  /** One by one, to the end; pages are asked for as they are needed. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Item, void, undefined> {
    for await (const { items } of this.pages()) yield* items
  }

  async *pages(): AsyncGenerator<Page<Item>, void, undefined> {
    let page = await this.page()
    yield page
    while (page.nextCursor !== null) {
      page = await this.page(page.nextCursor)
      yield page
    }
  }

  /** One page: the first, or the one at `cursor`. */
  async page(cursor?: string): Promise<Page<Item>> {
    const response = await this.#fetchPage(cursor)
    const items = parse(await readText(response, MAX_JSON_BYTES).catch(() => ''))
    if (!Array.isArray(items)) {
      throw new SluiceError('MALFORMED_ANSWER', 'not a list', { status: response.status })
    }
    return { items: items as Item[], nextCursor: nextCursorOf(response.headers) }
  }

  /** All of them at once. */
  async all(): Promise<Item[]> {
    const all: Item[] = []
    for await (const item of this) all.push(item)
    return all
  }
}

/** Of the address behind `rel="next"` only the cursor counts: where the list lies we know. @see RFC 8288 */
function nextCursorOf(headers: Headers): string | null {
  for (const [, target = '', params = ''] of (headers.get('link') ?? '').matchAll(/<([^>]*)>([^,]*)/g)) {
    const isNext = /;\s*rel="?next"?\s*(?:;|$)/i.test(params)
    if (isNext) return new URLSearchParams(target.split('?')[1]).get('cursor')
  }
  return null
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
