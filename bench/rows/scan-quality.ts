/** How well our own rules tell secrets from what looks like them. */
import { defaultRules } from '../../src/scanner/rules/default-rules.ts'
import { measureQuality } from '../../test/support/token-samples/measure.ts'
import { samples } from '../../test/support/token-samples/samples.ts'
import type { Figure } from '../figure.ts'
import { seriesOf } from '../measure/series.ts'
import type { Row } from '../row.ts'

const OF_EACH = 100
const MIN_PERCENT = 99

export const scanQuality: Row = {
  name: 'scan-quality',
  title: 'Secrets found, and false alarms',
  method: `Secrets of every format below, made at run time from the documentation of the format, ${OF_EACH} each, in lines of programs, settings and logs; as many near misses: a character too short, a wrong checksum, a placeholder, hashes, UUIDs, images, minified code. Another seed for each round.`,
  measure(parts) {
    const rounds = Array.from({ length: parts.rounds }, (_, round) => samples(round + 100, OF_EACH))
    const measured = rounds.map((round) => measureQuality(defaultRules(), round))
    const formats = new Set(rounds.flatMap((round) => round.flatMap(({ rule }) => rule ?? [])))
    return Promise.resolve({
      figures: [
        figure(
          'recall, %',
          measured.map(({ recall }) => recall * 100),
        ),
        figure(
          'precision, %',
          measured.map(({ precision }) => precision * 100),
        ),
      ],
      note: `${String(formats.size)} formats.`,
    })
  },
}

function figure(what: string, values: readonly number[]): Figure {
  const goal = { measure: 'value', atLeast: MIN_PERCENT } as const
  return { what, unit: '', ours: seriesOf(values), against: null, goal }
}
