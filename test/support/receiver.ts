/**
 * A server of somebody else that is told of events: it writes down what it is sent, and answers, fails,
 * hangs or dies on order. It verifies nothing itself.
 */
import { once } from 'node:events'
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Received {
  readonly method: string
  /** Path and query. */
  readonly url: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
  /** Milliseconds of performance.now(), when the whole body was there. */
  readonly at: number
}

export type Behaviour =
  | {
      readonly status: number
      readonly headers?: Readonly<Record<string, string>>
      readonly body?: string
    }
  /** No answer until `release`, or for ever. */
  | 'hang'
  /** The connection ends before an answer. */
  | 'die'
  /** The connection ends in the middle of a 200's body. */
  | 'die mid-body'
  /** Half of a 200's body, and then nothing until `release`. */
  | 'stall mid-body'
  /** A 200 whose body has no end. */
  | 'endless'

export type Behaving = Behaviour | ((request: Received) => Behaviour)

export interface Receiver extends AsyncDisposable {
  /** Without a slash at the end; the same one over `down` and `up`. */
  readonly url: string
  /** Everything that it was sent, oldest first. */
  readonly received: readonly Received[]
  /** The oldest request that nobody has taken yet, or the one to come. */
  next(): Promise<Received>
  /** The `count` oldest that nobody has taken yet. */
  take(count: number): Promise<Received[]>
  /** How it answers from now on, one request each; the last one is repeated. At first: 204. */
  behave(...behaviours: readonly [Behaving, ...Behaving[]]): void
  /** Ends, with a 200, every answer that hangs or stalls. */
  release(): void
  /** Connections are refused, and the open ones cut, until `up`. */
  down(): Promise<void>
  up(): Promise<void>
}

export async function openReceiver(): Promise<Receiver> {
  const inbox = new Inbox()
  const held = new Set<ServerResponse>()
  let script: readonly Behaving[] = [{ status: 204 }]
  const server = createServer(async (request, response) => {
    const received = await receive(request)
    if (received === null) return
    const [first, ...rest] = script
    if (rest.length > 0) script = rest
    const behaviour = typeof first === 'function' ? first(received) : first!
    inbox.put(received)
    answer(response, behaviour, held)
  })
  server.keepAliveTimeout = 60_000
  const port = await listen(server, 0)
  return {
    url: `http://127.0.0.1:${port}`,
    received: inbox.all,
    next: () => inbox.next(),
    take: (count) => Promise.all(Array.from({ length: count }, () => inbox.next())),
    behave: (...behaviours) => {
      script = behaviours
    },
    release: () => {
      for (const response of held) release(response)
      held.clear()
    },
    down: () => close(server),
    up: async () => void (await listen(server, port)),
    [Symbol.asyncDispose]: () => close(server),
  }
}

/** What came and was not taken, and who waits for what comes. */
class Inbox {
  readonly all: Received[] = []
  readonly #waiting: ((received: Received) => void)[] = []
  #taken = 0

  put(received: Received): void {
    this.all.push(received)
    const waiting = this.#waiting.shift()
    if (!waiting) return
    this.#taken++
    waiting(received)
  }

  next(): Promise<Received> {
    const received = this.all[this.#taken]
    if (!received) return new Promise((resolve) => this.#waiting.push(resolve))
    this.#taken++
    return Promise.resolve(received)
  }
}

/** @returns `null` when the sender went away in the middle */
async function receive(request: IncomingMessage): Promise<Received | null> {
  const chunks: Buffer[] = []
  try {
    for await (const chunk of request) chunks.push(chunk as Buffer)
  } catch {
    return null
  }
  const { method = '', url = '', headers } = request
  return { method, url, headers, body: Buffer.concat(chunks).toString(), at: performance.now() }
}

function answer(response: ServerResponse, behaviour: Behaviour, held: Set<ServerResponse>): void {
  response.on('error', () => {}) // whoever asked may have gone
  response.on('close', () => held.delete(response))
  switch (behaviour) {
    case 'hang':
      held.add(response)
      return
    case 'die':
      response.socket?.resetAndDestroy()
      return
    case 'die mid-body':
      response.writeHead(200, { 'content-length': '1000' })
      response.write('half', () => response.socket?.resetAndDestroy())
      return
    case 'stall mid-body':
      response.writeHead(200)
      response.write('half')
      held.add(response)
      return
    case 'endless':
      response.writeHead(200)
      writeForEver(response)
      return
    default:
      response.writeHead(behaviour.status, behaviour.headers)
      response.end(behaviour.body)
  }
}

function release(response: ServerResponse): void {
  if (!response.headersSent) response.writeHead(200)
  response.end()
}

function writeForEver(response: ServerResponse): void {
  const chunk = Buffer.alloc(64 * 1024, 'x')
  const more = () => {
    while (!response.destroyed && response.write(chunk));
  }
  response.on('drain', more)
  more()
}

async function listen(server: Server, port: number): Promise<number> {
  await once(server.listen(port, '127.0.0.1'), 'listening')
  return (server.address() as AddressInfo).port
}

async function close(server: Server): Promise<void> {
  if (!server.listening) return
  const closed = once(server, 'close')
  server.close()
  server.closeAllConnections()
  await closed
}
