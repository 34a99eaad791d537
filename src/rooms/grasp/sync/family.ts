/** All repositories of one identifier, as far as other relays are asked about them. */
import { createHash } from 'node:crypto'
import { byNewest, type NostrEvent } from '../../../nostr/event.ts'
import { KIND } from '../../../nostr/kinds.ts'
import { coordinateOf } from '../../../nostr/nip34/coordinate.ts'

interface Announced {
  readonly relays: readonly string[]
  readonly maintainers: readonly string[]
  readonly event: Pick<NostrEvent, 'id' | 'created_at'>
}

/** The newest; what hangs on older ones is found by the repository that they name. */
const MAX_ROOTS = 20_000
const MAX_PEOPLE = 1_000

export class Family {
  readonly identifier: string
  /** Where it is asked for. */
  relays: ReadonlySet<string> = new Set()
  #revision = ''
  readonly #announced = new Map<string, Announced>()
  /** By id: whether it is served, or still waits for its git data. */
  readonly #roots = new Map<string, boolean>()
  readonly #people = new Set<string>()

  constructor(identifier: string) {
    this.identifier = identifier
  }

  /** Another one with every announcement: each may make acceptable what was refused before. */
  get revision(): string {
    return this.#revision
  }

  get owners(): readonly string[] {
    return [...this.#announced.keys()]
  }

  /** With another revision once what hangs on it can be accepted. */
  get roots(): readonly (readonly [id: string, revision: string])[] {
    return [...this.#roots].map(([id, isServed]) => [id, isServed ? 'served' : ''])
  }

  get announcedRelays(): readonly string[] {
    return [...this.#announced.values()].flatMap(({ relays }) => relays)
  }

  /** Owners and maintainers first. */
  get people(): readonly string[] {
    return [...new Set([...this.#signers(), ...this.#people])]
  }

  /** Of its announcements, and of the states that its maintainers may sign. */
  get coordinates(): readonly string[] {
    const { identifier } = this
    const announcements = this.owners.map((owner) => coordinateOf({ owner, identifier }))
    return [...announcements, ...this.#signers().map((signer) => `${KIND.state}:${signer}:${identifier}`)]
  }

  has(person: string): boolean {
    return this.#people.has(person) || this.#signers().includes(person)
  }

  /** @returns whether that is news */
  announce(owner: string, announced: Announced): boolean {
    const before = this.#announced.get(owner)
    if (before && byNewest(before.event, announced.event) <= 0) return false
    this.#announced.set(owner, announced)
    const ids = [...this.#announced.values()].map(({ event }) => event.id)
    this.#revision = createHash('sha256').update(ids.sort().join()).digest('base64')
    return true
  }

  /** @returns whether that is news */
  addRoot(id: string, isServed: boolean): boolean {
    const before = this.#roots.get(id)
    if (before === true || before === isServed) return false
    this.#roots.set(id, isServed)
    const [oldest] = this.#roots.keys()
    if (this.#roots.size > MAX_ROOTS && oldest !== undefined) this.#roots.delete(oldest)
    return true
  }

  /** @returns whether that is news */
  addPerson(person: string): boolean {
    if (this.#people.size >= MAX_PEOPLE || this.has(person)) return false
    this.#people.add(person)
    return true
  }

  #signers(): readonly string[] {
    return [...new Set([...this.#announced].flatMap(([owner, { maintainers }]) => [owner, ...maintainers]))]
  }
}
