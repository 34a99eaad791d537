/** The events of a server, one after the other, over as many connections as that takes: each once, in order. */
import type { Event } from '../operations.ts'
import type { pause } from '../retry.ts'
import { SluiceError } from '../sluice-error.ts'
import { eventBlocks } from './event-blocks.ts'
import type { Block } from './parse-events.ts'

export type StreamedEvent = Event & {
  readonly orgId: string | null
  /** Position in the server's log: `since` for whoever goes on later. */
  readonly cursor: string
}

export interface EventsOptions {
  /** `<org>/<name>`: of this repository only, also for whoever is not signed in. */
  readonly repo?: string
  /** Whole types (`push`) or families (`pr.*`); absent: all. */
  readonly types?: readonly string[]
  /** `cursor` of the last event that is known; `0`: from the beginning; absent: from now. */
  readonly since?: string | number
  /** `false`: ends when there is nothing more for now. */
  readonly follow?: boolean
  readonly signal?: AbortSignal
}

export interface FollowParts {
  /** Opens a stream behind a position; absent: from now. @throws SluiceError */
  readonly open: (since: string | undefined, signal: AbortSignal) => Promise<Response>
  readonly pause: typeof pause
  readonly silenceMs?: number
}

const FIRST_WAIT_MS = 500
const LONGEST_WAIT_MS = 30_000

/**
 * A connection that is lost is made anew, for as long as it takes, from the last event that was seen. The
 * first one must succeed.
 *
 * @throws SluiceError for what trying again does not change; the reason of `signal`
 */
export async function* followEvents(
  parts: FollowParts,
  { since, follow = true, signal }: Pick<EventsOptions, 'since' | 'follow' | 'signal'>,
): AsyncGenerator<StreamedEvent, void, undefined> {
  let cursor = since === undefined ? undefined : String(since)
  for (let failures = 0, everOpen = false; ; failures++) {
    try {
      const blocks = eventBlocks((own) => parts.open(cursor, own), { ...parts, signal })
      for await (const block of blocks) {
        everOpen = true
        failures = 0
        const isNews = isAhead(block.id, cursor)
        if (isNews) cursor = block.id
        if (block.data === null && block.id !== '' && !follow) return
        if (block.data !== null && isNews) yield eventOf(block, block.data)
      }
    } catch (err) {
      if (!everOpen || !isPassing(err)) throw err
    }
    await parts.pause(waitMs(failures), signal)
  }
}

/** Without an id there is no telling whether it was seen. */
function isAhead(id: string, cursor: string | undefined): boolean {
  if (id === '') return false
  if (!/^\d{1,15}$/.test(id)) throw new SluiceError('MALFORMED_ANSWER', 'an event without a position')
  return cursor === undefined || Number(id) > Number(cursor)
}

function eventOf({ id }: Block, data: string): StreamedEvent {
  try {
    return { ...(JSON.parse(data) as Event & { orgId: string | null }), cursor: id }
  } catch (cause) {
    throw new SluiceError('MALFORMED_ANSWER', 'an event that is not JSON', { cause })
  }
}

function isPassing(err: unknown): boolean {
  if (!(err instanceof SluiceError)) return false
  return err.code === 'NO_ANSWER' || err.status === 429 || (err.status !== null && err.status >= 500)
}

/** Those that one server has lost do not come back together. */
function waitMs(failures: number): number {
  const longest = Math.min(FIRST_WAIT_MS * 2 ** failures, LONGEST_WAIT_MS)
  return longest * (0.5 + Math.random() / 2)
}
