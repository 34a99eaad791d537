/** Reads what a client still sends after its push was decided, and throws it away. */
import type { Readable } from 'node:stream'

export type Drained = 'ended' | 'over-budget' | 'broken'

/**
 * A client that is answered and cut off while it sends shows "Broken pipe" instead of the refusal,
 * so the rest is read: no memory, no disk, no process.
 */
export async function drain(body: Readable, budgetBytes: number): Promise<Drained> {
  if (body.readableEnded) return 'ended'
  let left = budgetBytes
  try {
    for await (const chunk of body.iterator({ destroyOnReturn: false })) {
      left -= (chunk as Buffer).length
      if (left < 0) return 'over-budget'
    }
    return 'ended'
  } catch {
    return 'broken'
  }
}
