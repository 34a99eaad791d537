/**
 * A maintainer signs and pushes one commit after the other while the server is killed under each push; after every
 * start it is held against what was accepted and served before. Who starts and kills the server is known elsewhere.
 */
import { setTimeout as delay } from 'node:timers/promises'
import type { NostrEvent } from 'nostr-tools/pure'
import type { Actor } from '../actor.ts'
import { Signer } from '../grasp.ts'
import { RelayConnection } from '../relay-connection.ts'

export interface SignedPushesParts {
  readonly url: string
  readonly actor: Actor
  readonly kills: number
  /** Called once the push is prepared; what it returns resolves when the server is dead. */
  readonly doom: (round: number) => Promise<() => Promise<void>>
  readonly start: () => Promise<void>
}

export interface SignedPushesVerdict {
  readonly kills: number
  /** Events that were accepted, and that the next start neither serves nor takes a push for. */
  readonly lost: readonly string[]
  /** Events that had been served, and are not any more. */
  readonly withdrawn: readonly string[]
  /** Refs that are not as they are signed, by round. */
  readonly strayed: readonly string[]
}

const IDENTIFIER = 'crashed'
const PATIENCE_MS = 10_000
const PAUSE_MS = 20

export async function pushThroughKills(parts: SignedPushesParts): Promise<SignedPushesVerdict> {
  const story = new Story(parts)
  await story.begin()
  for (let round = 0; round < parts.kills; round++) await story.round(round)
  return story.verdict
}

class Story {
  readonly #parts: SignedPushesParts
  readonly #owner = new Signer('owner')
  readonly #second = new Signer('second')
  readonly #lost: string[] = []
  readonly #withdrawn: string[] = []
  readonly #strayed: string[] = []
  readonly #announcements: NostrEvent[] = []

  constructor(parts: SignedPushesParts) {
    this.#parts = parts
  }

  get verdict(): SignedPushesVerdict {
    const [lost, withdrawn, strayed] = [this.#lost, this.#withdrawn, this.#strayed]
    return { kills: this.#parts.kills, lost, withdrawn, strayed }
  }

  /** Two repositories, for which the same states count. */
  async begin(): Promise<void> {
    const [first, other] = [this.#owner, this.#second]
    for (const [signer, listed] of [
      [first, other],
      [other, first],
    ] as const) {
      this.#announcements.push(
        signer.sign({
          kind: 30_617,
          tags: [
            ['d', IDENTIFIER],
            ['clone', this.#cloneUrl(signer)],
            ['relays', this.#parts.url.replace('http', 'ws')],
            ['maintainers', listed.pubkey],
          ],
        }),
      )
    }
    await this.#publish(...this.#announcements)
    await this.#parts.actor.start(this.#cloneUrl(first))
  }

  /** The push dies with the server; the next one must find all that was accepted. */
  async round(round: number): Promise<void> {
    const { actor, doom, start, kills } = this.#parts
    const head = await actor.commit('round', `${round}\n`)
    const state = this.#owner.sign({
      kind: 30_618,
      tags: [
        ['d', IDENTIFIER],
        ['refs/heads/main', head],
        ['HEAD', 'ref: refs/heads/main'],
      ],
      age: kills - round,
    })
    await this.#publish(state)
    const dead = await doom(round)
    await actor.git('push', '-q', 'origin', 'main')
    await dead()
    await start()
    const again = await actor.git('push', '-q', 'origin', 'main')
    if (again.code !== 0) this.#lost.push(`${round}: ${again.output}`)
    await this.#look(round, head, state)
  }

  async #look(round: number, head: string, state: NostrEvent): Promise<void> {
    const wanted = [...this.#announcements, state].map(({ id }) => id)
    const shown = await this.#shownOf(wanted)
    if (!shown.has(state.id)) this.#lost.push(`${round}: state`)
    for (const { id } of this.#announcements) if (!shown.has(id)) this.#withdrawn.push(`${round}: ${id}`)
    for (const signer of [this.#owner, this.#second]) {
      const listed = await this.#parts.actor.ok('ls-remote', this.#cloneUrl(signer), 'refs/heads/main')
      if (!listed.startsWith(head)) this.#strayed.push(`${round}: ${signer.name}`)
    }
  }

  /** The start settles what it finds while it serves already. */
  async #shownOf(ids: string[]): Promise<ReadonlySet<string>> {
    await using relay = await this.#connect()
    const until = Date.now() + PATIENCE_MS
    for (;;) {
      const shown = new Set((await relay.req({ ids })).map(({ id }) => id))
      if (shown.size === ids.length || Date.now() > until) return shown
      await delay(PAUSE_MS)
    }
  }

  async #publish(...events: readonly NostrEvent[]): Promise<void> {
    await using relay = await this.#connect()
    for (const event of events) {
      const { accepted, message } = await relay.publish(event)
      if (!accepted) throw new Error(message)
    }
  }

  #connect(): Promise<RelayConnection> {
    return RelayConnection.open(this.#parts.url.replace('http', 'ws'))
  }

  #cloneUrl(signer: Signer): string {
    return `${this.#parts.url}/${signer.npub}/${IDENTIFIER}.git`
  }
}
