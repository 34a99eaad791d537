/** "Nothing was started, nothing was stored", as figures. */
import type { Figure } from './figure.ts'
import { seriesOf } from './measure/series.ts'
import type { Traces } from './measure/traces.ts'

export function figuresOfTraces(rounds: readonly Traces[]): Figure[] {
  const figure = (what: string, of: (traces: Traces) => number): Figure => ({
    what,
    unit: '',
    ours: seriesOf(rounds.map(of)),
    against: null,
    goal: { measure: 'value', atMost: 0 },
  })
  return [
    figure('processes started', (traces) => traces.processes),
    figure('files touched', (traces) => traces.files),
  ]
}
