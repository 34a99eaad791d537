/** Our rules for objects beside those of git: whether they ever differ, how many objects they are enough for, and what they take. */
import { checkObject } from '../../src/git/fsck/check-object.ts'
import { differential } from '../../test/support/fsck/differential.ts'
import { goodObjects } from '../../test/support/fsck/good-objects.ts'
import type { HashedObject } from '../../test/support/fsck/object-text.ts'
import { realObjects } from '../../test/support/fsck/real-objects.ts'
import type { Figure } from '../figure.ts'
import { medianOf, seriesOf } from '../measure/series.ts'
import type { Row } from '../row.ts'

const FORMATS = ['sha1', 'sha256'] as const
const CASES = 20_000
const SEED = 100
const REAL = 20_000
const MAX_REAL_BYTES = 1024 * 1024
const CHECKS = 2_000
const TIMES = 7
const MIN_SOUND_PERCENT = 99
const MAX_US = 5

export const fsckDifferential: Row = {
  name: 'fsck-differential',
  title: 'Objects looked at by git’s rules without git',
  method: `Each round ${CASES.toLocaleString('en')} objects of either format, changed by dice out of good and hostile ones: what is sound here must stand in no message of \`git fsck --strict\` and go through \`git index-pack --strict\` and \`git unpack-objects --strict\` in silence, what is a fault must be called the same. Sound: of commits, trees and tags of a real or made repository, those that a push may bring without a git being started to look at them, files that git reads taken for good. Time: the median of ${TIMES} times ${CHECKS.toLocaleString('en')} looks at one object, CPU of this process.`,
  async measure(parts) {
    const times = timesOf(parts.rounds) // first: V8 has nothing else to collect, on whatever thread
    const { directory, description } = await parts.inputs.medium()
    const real = await realObjects(directory, 'sha1', REAL, MAX_REAL_BYTES)
    const disagreements: number[] = []
    const shares: number[] = []
    for (let round = 0; round < parts.rounds; round++) {
      const seed = SEED + round
      const found = FORMATS.map((format) => differential({ format, seed, cases: CASES, gits: [null] }))
      const results = await Promise.all(found)
      disagreements.push(results.reduce((sum, result) => sum + result.disagreements.length, 0))
      shares.push((100 * real.filter(isSound).length) / real.length)
      parts.progress(`round ${String(round + 1)}: ${String(FORMATS.length * CASES)} objects`)
    }
    return {
      figures: [
        figure('disagreements with git', '', disagreements, { measure: 'value', atMost: 0 }),
        figure('sound of real objects, %', '', shares, { measure: 'value', atLeast: MIN_SOUND_PERCENT }),
        ...times,
      ],
      note: `${(parts.rounds * FORMATS.length * CASES).toLocaleString('en')} changed objects; ${real.length.toLocaleString('en')} objects of ${description}.`,
    }
  },
}

function isSound({ type, content }: HashedObject): boolean {
  const { kind } = checkObject(type, content, 'sha1')
  return kind === 'sound' || kind === 'sound with files'
}

function timesOf(rounds: number): Figure[] {
  const good = goodObjects('sha1')
  return (['tree', 'commit', 'tag'] as const).map((type) => {
    const [largest] = good
      .filter((object) => object.type === type)
      .toSorted((a, b) => b.content.length - a.content.length)
    const us = Array.from({ length: rounds }, () => usPerCheck(largest as HashedObject))
    const what = type === 'tree' ? 'a tree of 25 entries' : `a ${type}`
    return figure(what, 'µs', us, { measure: 'value', atMost: MAX_US })
  })
}

function usPerCheck({ type, content }: HashedObject): number {
  const look = () => {
    const before = process.cpuUsage()
    for (let i = 0; i < CHECKS; i++) checkObject(type, content, 'sha1')
    const { user, system } = process.cpuUsage(before)
    return (user + system) / CHECKS
  }
  for (let i = 0; i < TIMES; i++) look() // until it is compiled
  return medianOf(Array.from({ length: TIMES }, look))
}

function figure(what: string, unit: Figure['unit'], values: readonly number[], goal: Figure['goal']): Figure {
  return { what, unit, ours: seriesOf(values), against: null, goal }
}
