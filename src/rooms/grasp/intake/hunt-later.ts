/** Git data that is missing is looked for elsewhere, unless whoever has sent the event brings it. */
import type { Hunt } from '../hunt/hunt.ts'
import type { Bringer } from './answer.ts'

export interface HuntParts {
  /** `null`: nothing is fetched from others. */
  readonly hunt: Hunt | null
}

/** A person pushes right after the event; behind what another relay sends comes nobody. */
const AFTER_MS = { client: 3 * 60_000, sync: 500 }

export async function huntLater({ hunt }: HuntParts, identifier: string, { source }: Bringer): Promise<void> {
  await hunt?.(identifier, { afterMs: AFTER_MS[source] })
}
