/** An event as it goes over the wire, and what its kind makes of it. Verifies nothing: see verify/. @see NIP-01 */
import { hash } from 'node:crypto'

export interface NostrEvent {
  /** SHA-256 of the event's serialisation, 64 lower-case hex digits. */
  readonly id: string
  /** x coordinate of the author's key, 64 lower-case hex digits. @see BIP-340 */
  readonly pubkey: string
  /** Seconds since 1970. */
  readonly created_at: number
  readonly kind: number
  readonly tags: readonly (readonly string[])[]
  readonly content: string
  /** Schnorr signature of the id, 128 lower-case hex digits. */
  readonly sig: string
}

declare const verified: unique symbol
/** Its id is the hash of what it says, and its signature is its author's. Made by the verifier only. */
export type VerifiedEvent = NostrEvent & { readonly [verified]: true }

type Unsigned = Omit<NostrEvent, 'id' | 'sig'>

/** Its SHA-256 is the event's id, and that is what is signed. @see NIP-01, "Events and signatures" */
export function signedText({ pubkey, created_at, kind, tags, content }: Unsigned): string {
  return JSON.stringify([0, pubkey, created_at, kind, tags, content])
}

export function eventId(event: Unsigned): string {
  return hash('sha256', signedText(event), 'hex')
}

/** The event as it is stored and sent, without what its sender has put beside the seven fields. */
export function eventJson({ id, pubkey, created_at, kind, tags, content, sig }: NostrEvent): string {
  return JSON.stringify({ id, pubkey, created_at, kind, tags, content, sig })
}

/** `replaceable`: one by its author and kind; `addressable`: one by its author, kind and `d` tag. @see NIP-01, "Kinds" */
export type KindClass = 'regular' | 'replaceable' | 'ephemeral' | 'addressable'

export function classOf(kind: number): KindClass {
  if (kind === 0 || kind === 3 || (kind >= 10_000 && kind < 20_000)) return 'replaceable'
  if (kind >= 20_000 && kind < 30_000) return 'ephemeral'
  return kind >= 30_000 && kind < 40_000 ? 'addressable' : 'regular'
}

/** Value of the first tag of that name. */
export function firstTag({ tags }: Pick<NostrEvent, 'tags'>, name: string): string | undefined {
  return tags.find((tag) => tag[0] === name)?.[1]
}

/** Values of all tags of that name, without those that have none. */
export function tagValues({ tags }: Pick<NostrEvent, 'tags'>, name: string): readonly string[] {
  return tags.flatMap((tag) => (tag[0] === name && tag[1] !== undefined ? [tag[1]] : []))
}

/** What it is replaced by: `d` of an addressable event, '' of a replaceable one, `null` of any other. */
export function identifierOf(event: Pick<NostrEvent, 'kind' | 'tags'>): string | null {
  switch (classOf(event.kind)) {
    case 'addressable':
      return firstTag(event, 'd') ?? ''
    case 'replaceable':
      return ''
    default:
      return null
  }
}

/** `<kind>:<pubkey>:<d>` of what replaces its predecessors; `null` of what does not. @see NIP-01, "a" tags */
export function addressOf(event: Pick<NostrEvent, 'kind' | 'pubkey' | 'tags'>): string | null {
  const identifier = identifierOf(event)
  return identifier === null ? null : `${event.kind}:${event.pubkey}:${identifier}`
}

/** Newest first; of one second the lowest id first, which is the one that replaces the others. @see NIP-01 */
export function byNewest(
  a: Pick<NostrEvent, 'created_at' | 'id'>,
  b: Pick<NostrEvent, 'created_at' | 'id'>,
): number {
  return b.created_at - a.created_at || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0)
}
