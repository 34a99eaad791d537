/** Kills a server again and again while others use it, after so many of their requests and then at any moment. */
import { setTimeout as delay } from 'node:timers/promises'
import type { Dice } from '../dice.ts'

export interface Mortal {
  kill(): Promise<void>
  /** Resolves when another one serves. */
  start(): Promise<void>
}

const MAX_DELAY_MS = 60

export class Killer {
  readonly #server: Mortal
  readonly #dice: Dice
  readonly #every: number
  readonly #limit: number
  #asked = 0
  #kills = 0
  #serving: Promise<void> = Promise.resolve()
  #killing: Promise<void> = Promise.resolve()

  /** @param opts `kills`: no more than these; `every`: requests that are begun between two of them */
  constructor(server: Mortal, dice: Dice, opts: { kills: number; every: number }) {
    this.#server = server
    this.#dice = dice
    this.#every = opts.every
    this.#limit = opts.kills
  }

  get kills(): number {
    return this.#kills
  }

  /** Resolves while, or as soon as, there is a server. */
  serving(): Promise<void> {
    return this.#serving
  }

  /** Somebody begins a request. */
  onAsked(): void {
    if (++this.#asked % this.#every !== 0 || this.#kills >= this.#limit) return
    this.#kills++
    this.#killing = this.#killing.then(() => this.#killSoon())
  }

  /** Resolves when all that were to die are dead, and the last one serves. */
  done(): Promise<void> {
    return this.#killing
  }

  async #killSoon(): Promise<void> {
    await delay(this.#dice.below(MAX_DELAY_MS))
    this.#serving = this.#replace()
    await this.#serving
  }

  async #replace(): Promise<void> {
    await this.#server.kill()
    await this.#server.start()
  }
}
