/** One conversation with a relay, from the first question to the last: what is new, what was missed, what is asked next. */
import type { Bell } from './bell.ts'
import { download, type DownloadParts } from './download.ts'
import {
  historyOf,
  isNothing,
  liveOf,
  NOTHING,
  without,
  type Interests,
  type WantedLists,
} from './interests.ts'
import type { RelayConnection } from './relay-connection.ts'
import type { Timers } from './timers.ts'

export interface VisitParts extends DownloadParts {
  readonly timers: Timers
  /** Of people who take part. */
  readonly lists: WantedLists
}

export interface Visited {
  /** What has been compared, in whichever visit. */
  done: Interests
  /** When everything was last compared: milliseconds since 1970. */
  comparedAt: number
  /** When everything that was asked was answered, and new events came by themselves. */
  aliveAt: number
}

export interface VisitOf {
  readonly connection: RelayConnection
  readonly interests: () => Interests
  readonly visited: Visited
  /** Rung when there may be more to ask. */
  readonly bell: Bell
  /** Everything has been answered, again and again while the visit lasts. */
  readonly onAnswered: () => Promise<void>
  /** Somebody else waits for this place: leave as soon as everything has been answered. */
  readonly wanted: AbortSignal
}

/** What was missed in a shorter time is what was written since; after a longer one everything is compared. */
const SHORT_ABSENCE_MS = 15 * 60_000
/** Events come later than they were written. */
const MARGIN_SECONDS = 15 * 60
const COMPARE_EVERY_MS = 24 * 3600_000
/** What becomes known in that time is asked for together. */
const TOGETHER_MS = 250
/** Relays allow some number; of what lies beyond, new events come with the next comparison. */
const MAX_LIVE = 60

/** Ends when the place is wanted. @throws RelayFault */
export async function visit(parts: VisitParts, of: VisitOf): Promise<void> {
  const { connection, visited, wanted, onAnswered } = of
  listen(parts, of, of.interests())
  await catchUp(parts, of)
  for (;;) {
    const interests = of.interests()
    listen(parts, of, interests)
    const asked = without(interests, visited.done)
    for (const filter of historyOf(asked, parts.lists)) await download(parts, connection, filter)
    visited.done = interests
    visited.aliveAt = parts.timers.now()
    if (!isNothing(asked)) continue // what came may lead to more
    await onAnswered()
    if (wanted.aborted) return
    await somethingToDo(parts, of)
  }
}

/** What is compared anew counts as not done. */
async function catchUp({ timers, ...parts }: VisitParts, { connection, visited }: VisitOf): Promise<void> {
  const now = timers.now()
  if (isDue(visited, now) || now - visited.aliveAt > SHORT_ABSENCE_MS) return forget(visited, now)
  const since = Math.floor(visited.aliveAt / 1_000) - MARGIN_SECONDS
  for (const filter of historyOf(visited.done, parts.lists))
    await download(parts, connection, { ...filter, since })
}

function isDue({ comparedAt }: Visited, now: number): boolean {
  return now - comparedAt >= COMPARE_EVERY_MS
}

function forget(visited: Visited, now: number): void {
  visited.done = NOTHING
  visited.comparedAt = now
}

/** Only what has changed is said again. */
function listen({ lists }: VisitParts, { connection }: VisitOf, interests: Interests): void {
  const live = [...liveOf(interests, lists)].slice(0, MAX_LIVE)
  connection.subscribe(new Map(live))
}

async function somethingToDo(
  { timers }: VisitParts,
  { connection, visited, bell, wanted }: VisitOf,
): Promise<void> {
  const over = new AbortController()
  const signal = AbortSignal.any([over.signal, connection.gone, wanted])
  const due = timers.wait(visited.comparedAt + COMPARE_EVERY_MS - timers.now(), signal).then(
    () => forget(visited, timers.now()),
    () => {},
  )
  try {
    await Promise.race([due, bell.rung(signal)])
    connection.gone.throwIfAborted()
    if (!wanted.aborted) await timers.wait(TOGETHER_MS, connection.gone)
  } finally {
    over.abort()
  }
}
