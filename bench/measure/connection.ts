/**
 * HTTP/1.1 on one kept connection, one request at a time, written by hand: Node's own client costs more
 * than a server that answers fast, and would be what is measured. Not for servers that are not ours.
 *
 * @see RFC 9112, "Message Body Length"
 */
import { connect, type Socket } from 'node:net'

export interface Connection extends Disposable {
  /** @throws Error when the connection ends before the answer does */
  ask(request: Buffer): Promise<Answer>
}

export interface Answer {
  readonly status: number
  readonly body: Buffer
}

interface Waiting {
  readonly resolve: (answer: Answer) => void
  readonly reject: (err: Error) => void
}

const HEAD_END = '\r\n\r\n'
const LINE_END = '\r\n'

/**
 * Connects at the first request, and again at the next one when the server has ended a silent connection.
 *
 * @param origin `http://host:port`
 */
export function openConnection(origin: string): Connection {
  let socket: AskingSocket | null = null
  return {
    ask: (request) => {
      if (socket === null || socket.isClosed) socket = new AskingSocket(origin)
      return socket.ask(request)
    },
    [Symbol.dispose]: () => socket?.[Symbol.dispose](),
  }
}

class AskingSocket {
  readonly #socket: Socket
  #waiting: Waiting | null = null
  #received: Buffer = Buffer.alloc(0)

  constructor(origin: string) {
    const { hostname, port } = new URL(origin)
    this.#socket = connect({ host: hostname, port: Number(port), noDelay: true })
    this.#socket.on('error', (err) => this.#settle()?.reject(err))
    this.#socket.on('close', () => this.#settle()?.reject(new Error(`${origin} closed the connection`)))
    this.#socket.on('data', (chunk) => this.#take(chunk))
  }

  get isClosed(): boolean {
    return this.#socket.destroyed || this.#socket.readableEnded
  }

  ask(request: Buffer): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject }
      this.#socket.write(request)
    })
  }

  [Symbol.dispose](): void {
    this.#socket.destroy()
  }

  #take(chunk: Buffer): void {
    this.#received = this.#received.length === 0 ? chunk : Buffer.concat([this.#received, chunk])
    const answer = takeAnswer(this.#received)
    if (answer === null) return
    this.#received = Buffer.alloc(0) // nothing follows: the next request has not been sent
    this.#settle()?.resolve(answer)
  }

  #settle(): Waiting | null {
    const waiting = this.#waiting
    this.#waiting = null
    return waiting
  }
}

/** @returns `null` when the answer is not whole yet */
export function takeAnswer(bytes: Buffer): Answer | null {
  const headEnd = bytes.indexOf(HEAD_END)
  if (headEnd < 0) return null
  const head = bytes.toString('latin1', 0, headEnd)
  const status = Number(head.slice('HTTP/1.1 '.length, 'HTTP/1.1 200'.length))
  const rest = bytes.subarray(headEnd + HEAD_END.length)
  const body = takeBody(status, head, rest)
  return body === null ? null : { status, body }
}

function takeBody(status: number, head: string, rest: Buffer): Buffer | null {
  if (status === 204 || status === 304) return Buffer.alloc(0)
  const length = /^content-length: *(\d+)/im.exec(head)?.[1]
  if (length === undefined) return takeChunks(rest)
  return rest.length < Number(length) ? null : rest.subarray(0, Number(length))
}

/** @see RFC 9112, "Chunked Transfer Coding"; trailers are not sent here */
function takeChunks(bytes: Buffer): Buffer | null {
  const chunks: Buffer[] = []
  for (let at = 0; ;) {
    const lineEnd = bytes.indexOf(LINE_END, at)
    if (lineEnd < 0) return null
    const begin = lineEnd + LINE_END.length
    const length = parseInt(bytes.toString('latin1', at, lineEnd), 16)
    at = begin + length + LINE_END.length
    if (at > bytes.length) return null
    if (length === 0) return Buffer.concat(chunks)
    chunks.push(bytes.subarray(begin, begin + length))
  }
}
