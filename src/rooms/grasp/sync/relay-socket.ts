/** One WebSocket to a relay that somebody outside has named. Knows no message; believes nothing about the other end. */
import type { ClientRequestArgs } from 'node:http'
import WebSocket from 'ws'
import type { OutboundGuard } from '../../../http/outbound/outbound-guard.ts'
import { faultOf, faultOfStatus, RelayFault } from './relay-fault.ts'
import { httpUrlOf } from './relay-url.ts'
import type { Timers } from './timers.ts'

export interface RelaySocketParts {
  readonly guard: Pick<OutboundGuard, 'checkLiteral' | 'lookup'>
  readonly timers: Timers
}

const HANDSHAKE_MS = 15_000
/** So often it must show that it is still there. */
const PING_EVERY_MS = 60_000
/** More than an event may have. A longer one ends the connection before it is read. */
const MAX_MESSAGE_BYTES = 640 * 1024
/** It does not read what it is asked. */
const MAX_UNSENT_BYTES = 1024 * 1024

export class RelaySocket implements Disposable {
  readonly #socket: WebSocket
  readonly #timers: Timers
  readonly #gone = new AbortController()
  #heard = true

  constructor(socket: WebSocket, timers: Timers) {
    this.#socket = socket
    this.#timers = timers
    socket.on('pong', () => (this.#heard = true))
    socket.on('error', (err) => this.end(faultOf(err)))
    socket.on('close', () => this.#breakOff())
    if (socket.readyState !== WebSocket.OPEN) this.#breakOff()
    void this.#watch()
  }

  /** @param onText called for each message, one after the other */
  listen(onText: (text: string, bytes: number) => void): void {
    this.#socket.on('message', (data: Buffer, isBinary) => {
      if (this.#gone.signal.aborted) return
      this.#heard = true
      if (isBinary) this.end(new RelayFault('misbehaved', 'it sends binary messages'))
      else onText(data.toString(), data.length)
    })
  }

  /** Aborts when the connection is gone; its reason is a RelayFault. */
  get gone(): AbortSignal {
    return this.#gone.signal
  }

  send(message: readonly unknown[]): void {
    if (this.#gone.signal.aborted) return
    this.#socket.send(JSON.stringify(message))
    if (this.#socket.bufferedAmount > MAX_UNSENT_BYTES)
      this.end(new RelayFault('misbehaved', 'it reads nothing'))
  }

  /** It is not read any more; what has arrived already is still told. */
  pause(): void {
    this.#socket.pause()
  }

  resume(): void {
    this.#heard = true
    this.#socket.resume()
  }

  end(fault: RelayFault): void {
    if (this.#gone.signal.aborted) return
    this.#gone.abort(fault)
    this.#socket.terminate()
  }

  [Symbol.dispose](): void {
    this.end(new RelayFault('unreachable', 'it is not needed any more'))
  }

  #breakOff(): void {
    this.end(new RelayFault('unreachable', 'the connection broke off'))
  }

  async #watch(): Promise<void> {
    while (await this.#passes(PING_EVERY_MS)) {
      if (this.#socket.isPaused) continue
      if (!this.#heard) return this.end(new RelayFault('unreachable', 'it fell silent'))
      this.#heard = false
      this.#socket.ping()
    }
  }

  #passes(ms: number): Promise<boolean> {
    return this.#timers.wait(ms, this.#gone.signal).then(
      () => !this.#gone.signal.aborted,
      () => false,
    )
  }
}

/**
 * The caller disposes of it. Follows no redirect, and connects to addresses that the guard allows only.
 *
 * @param relay as `parseRelayUrl` gives it
 * @throws RelayFault; the reason of `signal`
 */
export async function openRelaySocket(
  relay: string,
  { guard, timers }: RelaySocketParts,
  signal: AbortSignal,
): Promise<RelaySocket> {
  checkLiteral(guard, relay)
  signal.throwIfAborted()
  const options: WebSocket.ClientOptions & Pick<ClientRequestArgs, 'lookup'> = {
    lookup: guard.lookup,
    followRedirects: false,
    perMessageDeflate: false, // a message of a few bytes could become any number
    maxPayload: MAX_MESSAGE_BYTES,
  }
  const socket = new WebSocket(relay, options)
  socket.on('error', () => {}) // also after it was given up
  const over = new AbortController()
  try {
    await Promise.race([
      opened(socket),
      timers.wait(HANDSHAKE_MS, AbortSignal.any([signal, over.signal])).then(() => {
        throw new RelayFault('unreachable', 'it took too long')
      }),
    ])
    return new RelaySocket(socket, timers)
  } catch (err) {
    socket.terminate()
    signal.throwIfAborted()
    throw faultOf(err)
  } finally {
    over.abort()
  }
}

function checkLiteral(guard: RelaySocketParts['guard'], relay: string): void {
  try {
    guard.checkLiteral(httpUrlOf(relay))
  } catch (err) {
    throw faultOf(err)
  }
}

function opened(socket: WebSocket): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.on('open', resolve)
    socket.on('error', reject)
    socket.on('unexpected-response', (request, response) => {
      reject(faultOfStatus(response.statusCode ?? 0))
      request.destroy()
    })
  })
}
