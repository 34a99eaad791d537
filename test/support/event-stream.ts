/** An event stream as it comes over the wire, block by block; taken apart without the client library. */
import type { Actor } from './actor.ts'

export interface Told {
  readonly id: string | null
  readonly event: string | null
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  readonly data: any
  readonly text: string
}

export class HeardStream implements Disposable {
  readonly response: Response
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>
  readonly #decoder = new TextDecoder()
  readonly #connection: AbortController
  #rest = ''

  constructor(response: Response, connection: AbortController) {
    this.response = response
    this.#reader = response.body!.getReader()
    this.#connection = connection
  }

  /** Up to the next blank line; `null` at the end. */
  async block(): Promise<Told | null> {
    for (;;) {
      const end = this.#rest.indexOf('\n\n')
      if (end >= 0) {
        const text = this.#rest.slice(0, end)
        this.#rest = this.#rest.slice(end + 2)
        return toldIn(text)
      }
      const { done, value } = await this.#reader.read()
      if (done) return null
      this.#rest += this.#decoder.decode(value, { stream: true })
    }
  }

  /** The next one with data. @throws Error at the end */
  async event(): Promise<Told> {
    return this.#first((told) => told.data !== null)
  }

  /** Types of the next events. */
  async types(count: number): Promise<(string | null)[]> {
    const types: (string | null)[] = []
    while (types.length < count) types.push((await this.event()).event)
    return types
  }

  /** The next position without data: there is nothing more up to there. @throws Error at the end */
  async position(): Promise<number> {
    return Number((await this.#first((told) => told.data === null && told.id !== null)).id)
  }

  /** Types of all events that are left; resolves when the server ends the stream. */
  async end(): Promise<(string | null)[]> {
    const types: (string | null)[] = []
    for (let told = await this.block(); told; told = await this.block())
      if (told.data !== null) types.push(told.event)
    return types
  }

  [Symbol.dispose](): void {
    this.#connection.abort()
  }

  async #first(wanted: (told: Told) => boolean): Promise<Told> {
    for (;;) {
      const told = await this.block()
      if (told === null) throw new Error('the stream has ended')
      if (wanted(told)) return told
    }
  }
}

/** Resolves with the head of the answer. @throws Error unless it is 200 */
export async function listen(
  actor: Pick<Actor, 'fetch'>,
  url: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<HeardStream> {
  const connection = new AbortController()
  const response = await actor.fetch(url, { headers, signal: connection.signal })
  if (response.status !== 200) throw new Error(`${url}: ${response.status} ${await response.text()}`)
  return new HeardStream(response, connection)
}

function toldIn(text: string): Told {
  const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(text)?.[1] ?? null
  const data = field('data')
  return { id: field('id'), event: field('event'), data: data === null ? null : JSON.parse(data), text }
}
