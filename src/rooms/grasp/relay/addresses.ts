/** Connections by the network that they come from: so many of each, so many in all, and one budget for each. */
import { networkOf } from '../../../http/rate-limit.ts'
import type { Clock } from '../../../kernel/ports.ts'
import { Budget, times, type Allowance } from './budget.ts'
import { BOUNDS } from './limits.ts'

export interface AddressLimits {
  /** Of one address; 0: as many as it likes. */
  readonly connections: number
  /** Of one connection. */
  readonly allowance: Allowance
}

interface Network {
  connections: number
  readonly budget: Budget
}

/** A connection's place; dispose when it is over. */
export interface Place extends Disposable {
  /** Its address's. */
  readonly budget: Budget
}

export class Addresses {
  readonly #limits: AddressLimits
  readonly #clock: Clock
  readonly #networks = new Map<string, Network>()
  #connections = 0

  constructor(limits: AddressLimits, clock: Clock) {
    this.#limits = limits
    this.#clock = clock
  }

  /** @returns `null` when there are too many */
  admit(address: string): Place | null {
    const network = this.#networkOf(address)
    const { connections } = this.#limits
    if (connections > 0 && network.connections >= connections) return null
    if (this.#connections >= BOUNDS.connections) return null
    network.connections++
    this.#connections++
    return {
      budget: network.budget,
      [Symbol.dispose]: () => {
        network.connections--
        this.#connections--
      },
    }
  }

  /** Forgets who is not here and has spent nothing lately: to come again at once must gain nobody a thing. */
  forget(): void {
    for (const [name, { connections, budget }] of this.#networks) {
      if (connections === 0 && budget.isUnused) this.#networks.delete(name)
    }
  }

  #networkOf(address: string): Network {
    const name = networkOf(address)
    const known = this.#networks.get(name)
    if (known) return known
    const budget = new Budget(times(this.#limits.allowance, BOUNDS.addressShare), this.#clock)
    const network = { connections: 0, budget }
    this.#networks.set(name, network)
    return network
  }
}
