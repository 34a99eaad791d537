/** What one client has said and is not answered yet: so much at a time, the rest stays in its connection. */
import type { WebSocket } from 'ws'
import { BOUNDS } from './limits.ts'

export class Inbox {
  readonly #socket: WebSocket
  readonly #answer: (text: string) => Promise<void>
  /** What had arrived already when the connection was paused. */
  readonly #waiting: string[] = []
  #answering = 0

  /** @param answer never rejects */
  constructor(socket: WebSocket, answer: (text: string) => Promise<void>) {
    this.#socket = socket
    this.#answer = answer
  }

  take(text: string): void {
    this.#waiting.push(text)
    this.#answerNext()
    if (this.#waiting.length > 0) this.#socket.pause()
  }

  #answerNext(): void {
    while (this.#answering < BOUNDS.answering) {
      const text = this.#waiting.shift()
      if (text === undefined) return
      void this.#answerOne(text)
    }
  }

  async #answerOne(text: string): Promise<void> {
    this.#answering++
    await this.#answer(text)
    this.#answering--
    this.#answerNext()
    if (this.#waiting.length === 0 && this.#socket.isPaused) this.#socket.resume()
  }
}
