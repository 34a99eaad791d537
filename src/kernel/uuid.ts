/** Makes the ids of new rows. Ids of git objects are in ids.ts. */
import { randomUUID } from 'node:crypto'

/**
 * UUID version 7: 48 bits of millisecond time, then 74 random bits, so that ids sort by the time
 * they were made (in no order within one millisecond).
 *
 * @see RFC 9562, section 5.7
 */
export function newId(): string {
  const time = Date.now().toString(16).padStart(12, '0')
  // Variant and random bits lie where version 4 has them, so only its front is replaced.
  return `${time.slice(0, 8)}-${time.slice(8)}-7${randomUUID().slice(15)}`
}
