/** What one relay is asked for, and in which filters. Pure. @see GRASP-02 */
import type { Filter } from '../../../nostr/filter.ts'
import { KIND } from '../../../nostr/kinds.ts'

/** By each what was known of it: what has another revision is asked for again. */
export type Revisions = ReadonlyMap<string, string>

export interface Interests {
  /** Whose announcements are wanted, whatever they announce: public keys, or `EVERYBODY`. */
  readonly announcers: Revisions
  /** Of repositories. */
  readonly identifiers: Revisions
  /** Public keys of those who take part: their lists, and where wanted their profiles. */
  readonly people: Revisions
  /** Addresses of announcements and of states. */
  readonly coordinates: Revisions
  /** Ids of issues, patches and pull requests. */
  readonly roots: Revisions
}

export const EVERYBODY = '*'
/** Of people, besides their grasp lists: their names, and where they write. @see GRASP-03 */
export type WantedLists = readonly number[]

const PARTS = ['announcers', 'identifiers', 'people', 'coordinates', 'roots'] as const
/** Values in one filter. */
const AT_ONCE = 100

export const NOTHING: Interests = {
  announcers: new Map(),
  identifiers: new Map(),
  people: new Map(),
  coordinates: new Map(),
  roots: new Map(),
}

/** What of `wanted` is not in `done`, or is there in an older revision. */
export function without(wanted: Interests, done: Interests): Interests {
  return each(
    (part) => new Map([...wanted[part]].filter(([value, revision]) => done[part].get(value) !== revision)),
  )
}

export function isNothing(interests: Interests): boolean {
  return PARTS.every((part) => interests[part].size === 0)
}

/** One after the other: what comes first may be what makes the later ones acceptable. */
export function historyOf(interests: Interests, lists: WantedLists): readonly Filter[] {
  const { announcements, people, states, repositories, roots } = layersOf(interests, lists)
  return [announcements, people, states, repositories, roots].flat(2)
}

/** Names of live subscriptions with what they ask for. */
export function liveOf(interests: Interests, lists: WantedLists): ReadonlyMap<string, readonly Filter[]> {
  const layers = Object.entries(layersOf(interests, lists))
  return new Map(layers.flatMap(([layer, batches]) => batches.map((batch, at) => [`${layer}-${at}`, batch])))
}

type Layer = readonly (readonly Filter[])[]

function layersOf(interests: Interests, lists: WantedLists) {
  const { announcers, identifiers, people, coordinates, roots } = interests
  return {
    announcements: [...announcementsBy(announcers), ...ofIdentifiers(KIND.announcement, identifiers)],
    people: batchesOf(people).map((authors) => [{ kinds: [KIND.graspList, ...lists], authors }]),
    states: ofIdentifiers(KIND.state, identifiers),
    repositories: batchesOf(coordinates).map((values) => namedBy(['a', 'A', 'q'], values)),
    roots: batchesOf(roots).map((values) => namedBy(['e', 'E', 'q'], values)),
  } satisfies Record<string, Layer>
}

function announcementsBy(announcers: Revisions): Layer {
  if (announcers.has(EVERYBODY)) return [[{ kinds: [KIND.announcement, KIND.graspList] }]]
  return batchesOf(announcers).map((authors) => [{ kinds: [KIND.announcement], authors }])
}

function ofIdentifiers(kind: number, identifiers: Revisions): Layer {
  return batchesOf(identifiers).map((values) => [{ kinds: [kind], tags: new Map([['d', values]]) }])
}

function namedBy(names: readonly string[], values: readonly string[]): readonly Filter[] {
  return names.map((name) => ({ tags: new Map([[name, values]]) }))
}

function batchesOf(values: Revisions): readonly (readonly string[])[] {
  const all = [...values.keys()]
  const batches: string[][] = []
  for (let at = 0; at < all.length; at += AT_ONCE) batches.push(all.slice(at, at + AT_ONCE))
  return batches
}

function each(make: (part: (typeof PARTS)[number]) => Revisions): Interests {
  return {
    announcers: make('announcers'),
    identifiers: make('identifiers'),
    people: make('people'),
    coordinates: make('coordinates'),
    roots: make('roots'),
  }
}
