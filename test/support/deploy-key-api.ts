/** What the stand-ins of forges have in common: repositories with deploy keys, behind HTTP on loopback. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { happening, type Happening } from './between.ts'

export interface HeldKey {
  readonly id: number
  readonly title: string
  /** `<algorithm> <base64>` */
  readonly key: string
  readonly readOnly: boolean
}

/**
 * `hang`: takes the next request, does what it asks, and never answers. `drop`: does what it asks, and cuts the
 * connection. A number: answers that, and does nothing. All but `serve` hold until it is told otherwise.
 */
export type ForgeBehaviour = 'serve' | 'hang' | 'drop' | number

export interface ForgeRequest {
  readonly method: string
  readonly url: string
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

export interface StandIn extends AsyncDisposable {
  /** Root, without a slash at its end. */
  readonly url: string
  /** Of all repositories, oldest first. */
  readonly keys: readonly HeldKey[]
  readonly requests: readonly ForgeRequest[]
  /** @param methods those that it concerns; default: all */
  behave(behaviour: ForgeBehaviour, methods?: readonly string[]): void
  /** Somebody is left without an answer. */
  readonly hanging: Happening
  /** Puts one there as a person would. */
  addKey(title: string, key: string): void
  goAway(): Promise<void>
}

export interface Dialect {
  /** Before `/repos/…`. */
  readonly prefix: string
  readonly defaultPageSize: number
  readonly pageSizeName: string
  readonly maxPageSize: number
  /** @returns an answer to a request that is not in order, or `null` */
  readonly refuse: (request: ForgeRequest) => { status: number; body: object } | null
  readonly shown: (key: HeldKey, url: string) => object
  readonly taken: (what: 'title' | 'key') => object | null
}

export interface StandInOptions {
  /** `<owner>/<name>`; others are not there. Default: any. */
  readonly repository?: string
  /** Told of the keys that there are, before an answer says so. */
  readonly onKeys?: (keys: readonly HeldKey[]) => Promise<void>
}

export async function openStandIn(dialect: Dialect, opts: StandInOptions = {}): Promise<StandIn> {
  const forge = new Forge(dialect, opts)
  const server = createServer((request, response) => void forge.serve(request, response))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return forge.standIn(server)
}

class Forge {
  readonly #dialect: Dialect
  readonly #opts: StandInOptions
  readonly #keys: HeldKey[] = []
  readonly #requests: ForgeRequest[] = []
  readonly #hanging = happening()
  #behaviour: ForgeBehaviour = 'serve'
  #methods: readonly string[] | null = null
  #nextId = 1

  constructor(dialect: Dialect, opts: StandInOptions) {
    this.#dialect = dialect
    this.#opts = opts
  }

  standIn(server: Server): StandIn {
    const close = async () => {
      server.closeAllConnections()
      if (!server.listening) return
      server.close()
      await once(server, 'close')
    }
    return {
      url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      keys: this.#keys,
      requests: this.#requests,
      behave: (behaviour, methods) => {
        this.#behaviour = behaviour
        this.#methods = methods ?? null
      },
      hanging: this.#hanging,
      addKey: (title, key) => void this.#keys.push({ id: this.#nextId++, title, key, readOnly: true }),
      goAway: close,
      [Symbol.asyncDispose]: close,
    }
  }

  async serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const request = await readRequest(incoming)
    this.#requests.push(request)
    const isConcerned = this.#methods?.includes(request.method) ?? true
    const behaviour = isConcerned ? this.#behaviour : 'serve'
    if (typeof behaviour === 'number') return reply(response, behaviour, { message: 'as it was told' })
    const { status, body } = this.#dialect.refuse(request) ?? (await this.#answer(request))
    if (behaviour === 'hang') return this.#hanging.happen()
    if (behaviour === 'drop') return void response.destroy()
    reply(response, status, body)
  }

  async #answer(request: ForgeRequest): Promise<{ status: number; body: object | null }> {
    const url = new URL(request.url, 'http://forge')
    const path = `^${this.#dialect.prefix}/repos/([^/]+/[^/]+)/keys(?:/(\\d+))?$`
    const [, repository, id] = new RegExp(path).exec(url.pathname) ?? []
    const { repository: known = repository } = this.#opts
    if (repository === undefined || repository !== known) return NOT_FOUND
    if (request.method === 'GET' && id === undefined) return { status: 200, body: this.#page(url) }
    if (request.method === 'POST' && id === undefined) return this.#create(JSON.parse(request.body), url)
    const at = this.#keys.findIndex((key) => String(key.id) === id)
    if (at < 0) return NOT_FOUND
    if (request.method === 'GET') return { status: 200, body: this.#dialect.shown(this.#keys[at]!, '') }
    if (request.method !== 'DELETE') return { status: 405, body: null }
    this.#keys.splice(at, 1)
    await this.#opts.onKeys?.(this.#keys)
    return { status: 204, body: null }
  }

  #page(url: URL): object[] {
    const { pageSizeName, defaultPageSize, maxPageSize, shown } = this.#dialect
    const asked = Number(url.searchParams.get(pageSizeName) ?? defaultPageSize)
    const size = Math.min(asked, maxPageSize)
    const from = (Number(url.searchParams.get('page') ?? 1) - 1) * size
    return this.#keys.slice(from, from + size).map((key) => shown(key, url.href))
  }

  async #create(asked: { title: string; key: string; read_only: boolean }, url: URL) {
    const same = this.#keys.find(({ title, key }) => title === asked.title || key === asked.key)
    const taken = same && this.#dialect.taken(same.title === asked.title ? 'title' : 'key')
    if (taken) return { status: 422, body: taken }
    const made = { id: this.#nextId++, title: asked.title, key: asked.key, readOnly: asked.read_only }
    this.#keys.push(made)
    await this.#opts.onKeys?.(this.#keys)
    return { status: 201, body: this.#dialect.shown(made, url.href) }
  }
}

const NOT_FOUND = { status: 404, body: { message: 'Not Found' } }

async function readRequest(incoming: IncomingMessage): Promise<ForgeRequest> {
  const chunks: Buffer[] = []
  for await (const chunk of incoming as AsyncIterable<Buffer>) chunks.push(chunk)
  const { method = '', url = '', headers } = incoming
  return { method, url, headers, body: Buffer.concat(chunks).toString() }
}

function reply(response: ServerResponse, status: number, body: object | null): void {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(body === null ? '' : JSON.stringify(body))
}
