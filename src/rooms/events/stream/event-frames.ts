/**
 * What goes over the wire of a stream. An event is written out once, however many follow it.
 *
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
 */
import { eventJson } from '../../../http/event-json.ts'
import type { StoredEvent } from '../../../kernel/events.ts'

/** How long a client that was cut off shall wait before it comes back. */
const RETRY_MS = 1_000

/** The first one: it tells of no position yet. */
export const OPENING = Buffer.from(`retry: ${RETRY_MS}\n\n`)
/** A comment, for those who would take silence for the end while the log is read for them. */
export const READING = Buffer.from(':\n\n')

/**
 * Moves the position of a client past events that are not for it. Without data, nothing is dispatched:
 * it says that there is nothing more up to here.
 */
export function positionFrame(sequence: number): Buffer {
  return Buffer.from(`id: ${sequence}\n\n`)
}

export class EventFrames {
  /** As long as somebody holds the event. */
  readonly #written = new WeakMap<StoredEvent, Buffer>()

  of(event: StoredEvent): Buffer {
    const known = this.#written.get(event)
    if (known) return known
    const frame = eventFrame(event)
    this.#written.set(event, frame)
    return frame
  }
}

/** JSON has no line ends, so the data are one line. */
function eventFrame(event: StoredEvent): Buffer {
  const data = JSON.stringify({ ...eventJson(event), orgId: event.orgId })
  return Buffer.from(`id: ${event.sequence}\nevent: ${event.type}\ndata: ${data}\n\n`)
}
