/** How late the event loops of a row's servers were, as figures: in every row, without its doing. */
import type { Figure } from './figure.ts'
import type { LoopDelay } from './measure/loop-delay.ts'
import { seriesOf } from './measure/series.ts'

export const MAX_LOOP_DELAY_MS = 20

/** @param delays one a server; none where all were killed, or none was started */
export function loopFigures(delays: readonly LoopDelay[]): Figure[] {
  if (delays.length === 0) return []
  const figure = { unit: 'ms', against: null } as const
  return [
    {
      ...figure,
      what: 'event-loop delay, p99',
      ours: seriesOf(delays.map(({ p99 }) => p99)),
      goal: { measure: 'value', atMost: MAX_LOOP_DELAY_MS },
    },
    {
      ...figure,
      what: 'event-loop delay, longest',
      ours: seriesOf(delays.map(({ longest }) => longest)),
      goal: null,
    },
  ]
}
