/**
 * A world whose server hosts repositories that events announce, with keys around it. Events are made and signed by a
 * library of somebody else.
 */
import { randomBytes } from 'node:crypto'
import type { Filter } from 'nostr-tools/filter'
import * as nip19 from 'nostr-tools/nip19'
import { finalizeEvent, generateSecretKey, getPublicKey, type NostrEvent } from 'nostr-tools/pure'
import { type Actor } from './actor.ts'
import { RelayConnection, type Verdict } from './relay-connection.ts'
import { world, type World, type WorldOptions } from './world.ts'

type Tags = readonly (readonly string[])[]

export interface Draft {
  readonly kind: number
  readonly tags?: Tags
  readonly content?: string
  /** Seconds before now; default 1. */
  readonly age?: number
}

/** Somebody with a key. */
export class Signer {
  readonly name: string
  readonly secret = generateSecretKey()
  /** Hex. */
  readonly pubkey = getPublicKey(this.secret)
  readonly npub = nip19.npubEncode(this.pubkey)

  constructor(name: string) {
    this.name = name
  }

  sign({ kind, tags = [], content = '', age = 1 }: Draft): NostrEvent {
    const created_at = Math.floor(Date.now() / 1000) - age
    const template = { kind, created_at, content, tags: tags.map((tag) => [...tag]) }
    return structuredClone(finalizeEvent(template, this.secret)) // without the library's mark that it is verified
  }
}

export interface Announced {
  readonly clone?: readonly string[]
  readonly relays?: readonly string[]
  readonly maintainers?: readonly Signer[]
  readonly tags?: Tags
  readonly age?: number
}

export interface Declared {
  /** As it stands in the tag; default `ref: refs/heads/main`. */
  readonly head?: string
  readonly age?: number
}

export interface Published extends Verdict {
  readonly event: NostrEvent
}

export class GraspWorld implements AsyncDisposable {
  readonly world: World
  readonly url: string
  /** `127.0.0.1:port`. */
  readonly host: string
  readonly relayUrl: string
  /** The connection of everybody who has none of his own. */
  readonly relay: RelayConnection
  readonly owner = new Signer('owner')
  readonly maintainer = new Signer('maintainer')
  /** Whom the maintainer lists. */
  readonly recursive = new Signer('recursive')
  /** Of pull requests. */
  readonly author = new Signer('author')
  readonly stranger = new Signer('stranger')

  constructor(w: World, relay: RelayConnection) {
    this.world = w
    this.url = w.url
    this.host = new URL(w.url).host
    this.relayUrl = `ws://${this.host}`
    this.relay = relay
  }

  /** One that no other test uses. */
  identifier(prefix = 'app'): string {
    return `${prefix}-${randomBytes(4).toString('hex')}`
  }

  cloneUrl(owner: Signer, identifier: string): string {
    return `${this.url}/${owner.npub}/${encodeURIComponent(identifier)}.git`
  }

  /** Where a contributor puts tips for a repository that is hosted elsewhere. */
  prsUrl(contributor: Signer, identifier: string): string {
    return `${this.url}/prs/${contributor.npub}/${encodeURIComponent(identifier)}.git`
  }

  connect(): Promise<RelayConnection> {
    return RelayConnection.open(this.relayUrl)
  }

  async publish(event: NostrEvent): Promise<Published> {
    return { event, ...(await this.relay.publish(event)) }
  }

  req(...filters: Filter[]): Promise<readonly NostrEvent[]> {
    return this.relay.req(...filters)
  }

  /** What git is answered that asks for the refs of a repository. */
  async gitStatus(url: string): Promise<number> {
    const answer = await fetch(`${url}/info/refs?service=git-upload-pack`)
    await answer.arrayBuffer()
    return answer.status
  }

  /** Is this event shown to who asks for it? */
  async isServed({ id }: Pick<NostrEvent, 'id'>): Promise<boolean> {
    return (await this.req({ ids: [id] })).length === 1
  }

  /** An announcement that names this server; nothing is sent. */
  announcement(owner: Signer, identifier: string, opts: Announced = {}): NostrEvent {
    const { clone = [this.cloneUrl(owner, identifier)], relays = [this.relayUrl], maintainers = [] } = opts
    const tags: Tags = [
      ['d', identifier],
      ['name', `${identifier} by ${owner.name}`],
      ['clone', ...clone],
      ['relays', ...relays],
      ...(maintainers.length === 0 ? [] : [['maintainers', ...maintainers.map(({ pubkey }) => pubkey)]]),
      ...(opts.tags ?? []),
    ]
    return owner.sign({ kind: 30_617, tags, age: opts.age ?? 10 })
  }

  /** A state; nothing is sent. @param refs by their full names */
  declaration(by: Signer, identifier: string, refs: Readonly<Record<string, string>>, opts: Declared = {}) {
    const { head = 'ref: refs/heads/main', age = 5 } = opts
    return by.sign({ kind: 30_618, tags: [['d', identifier], ...Object.entries(refs), ['HEAD', head]], age })
  }

  announce(owner: Signer, identifier: string, opts: Announced = {}): Promise<Published> {
    return this.publish(this.announcement(owner, identifier, opts))
  }

  state(by: Signer, identifier: string, refs: Readonly<Record<string, string>>, opts: Declared = {}) {
    return this.publish(this.declaration(by, identifier, refs, opts))
  }

  /** Somebody with a stock git, an empty directory and no credential. */
  git(name = 'somebody'): Promise<Actor> {
    return this.world.actor(name, { anonymous: true })
  }

  /** Announced, with one commit on `main` that its owner has declared and pushed. */
  async hosted(owner = this.owner, opts: Announced & { identifier?: string } = {}) {
    const { identifier = this.identifier() } = opts
    const url = this.cloneUrl(owner, identifier)
    const announced = await this.announce(owner, identifier, opts)
    const actor = await this.git(owner.name)
    await actor.start(url)
    const head = await actor.commit('readme', 'hello\n')
    const stated = await this.state(owner, identifier, { 'refs/heads/main': head })
    await actor.ok('push', '-q', 'origin', 'main')
    return { identifier, url, actor, head, announcement: announced.event, state: stated.event }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.relay[Symbol.asyncDispose]()
    await this.world[Symbol.asyncDispose]()
  }
}

const SETTINGS = {
  SLUICE_GRASP: 'on',
  SLUICE_GRASP_SYNC: 'off',
  SLUICE_GRASP_EVENTS_PER_MINUTE: '0',
  SLUICE_GRASP_QUERIES_PER_MINUTE: '0',
}

/** A GRASP host on loopback that asks nobody else, unless the settings say otherwise. */
export async function graspWorld(opts: WorldOptions = {}): Promise<GraspWorld> {
  const settings = { ...SETTINGS, ...opts.settings }
  const w = await world({ ...opts, settings })
  try {
    return new GraspWorld(w, await RelayConnection.open(w.url.replace('http', 'ws')))
  } catch (err) {
    await w[Symbol.asyncDispose]()
    throw err
  }
}

/** `name oid` of everything a server advertises, `HEAD` first. @throws Error when git fails */
export async function remoteRefs(actor: Actor, url: string): Promise<ReadonlyMap<string, string>> {
  const listed = await actor.ok('ls-remote', url)
  const lines = listed.split('\n').filter((line) => line !== '')
  return new Map(lines.map((line) => [line.slice(line.indexOf('\t') + 1), line.slice(0, line.indexOf('\t'))]))
}
