/** One row as a section of docs/benchmarks.md. */
import { judge, measured, type Figure } from '../figure.ts'
import type { ServerProfile } from '../profile/server-profile.ts'
import type { RowResult } from '../run.ts'
import { showGoal, showMeasure, showSeries } from './numbers.ts'

/** Row, then figure, to why it missed its goal. Kept by hand in causes.json. */
export type Causes = Readonly<Record<string, Readonly<Record<string, string>>>>

export interface RunStamp {
  /** `2025-11-20` */
  readonly date: string
  readonly commit: string
  readonly processor: string
  readonly rounds: number
  /** Of the minute before the run: CPU costs more on a machine that others use, too. */
  readonly load: number
}

const UNKNOWN_CAUSE = 'cause not known yet'

/**
 * Begins with its heading, `## <title>`, and ends with a line feed.
 *
 * @param profile of the row; shown where a goal is missed
 */
export function writeSection(
  result: RowResult,
  stamp: RunStamp,
  causes: Causes,
  profile: ServerProfile | null,
): string {
  const { row } = result
  const how = `\`npm run bench ${row.name}\` · ${stamp.date} · commit ${stamp.commit} · ${stamp.processor} · ${stamp.rounds} ${stamp.rounds === 1 ? 'round' : 'rounds'}, ${result.seconds} s · load before ${stamp.load.toFixed(1)}`
  const body =
    result.status === 'failed' ? [`**FAILED**: ${result.error}`] : measuredBody(result, causes, profile)
  return `${[`## ${row.title}`, how, row.method, ...body].join('\n\n')}\n`
}

function measuredBody(
  result: RowResult & { status: 'measured' },
  causes: Causes,
  profile: ServerProfile | null,
): string[] {
  const { figures, note, row } = result
  const missed = figures.filter((figure) => judge(figure)?.reached === false)
  const because = ({ what }: Figure) => `- ${what} missed: ${causes[row.name]?.[what] ?? UNKNOWN_CAUSE}`
  return [
    ...(note === undefined ? [] : [note]),
    writeTable(figures),
    ...(missed.length === 0 ? [] : [missed.map(because).join('\n')]),
    ...(missed.length === 0 || profile === null ? [] : [writeProfile(row.name, profile)]),
  ]
}

/** The functions that the server's own process spent most in, without what they call. */
function writeProfile(name: string, { date, commit, busySeconds, lines }: ServerProfile): string {
  const of = `\`npm run bench ${name} -- --profile\`, ${date}, commit ${commit}`
  const list = lines.map(({ share, where }) => `- ${(100 * share).toFixed(1)} % ${where}`)
  const head = `Where the ${busySeconds.toFixed(1)} s of CPU of the server's own process went (${of}; its start is in it, gits are not):`
  return [head, '', ...list].join('\n')
}

function writeTable(figures: readonly Figure[]): string {
  const head = ['| what | Sluice | against | compared | goal | |', '| --- | --- | --- | --- | --- | --- |']
  return [...head, ...figures.map((figure) => `| ${cells(figure).join(' | ')} |`)].join('\n')
}

function cells(figure: Figure): string[] {
  const { what, unit, ours, against, goal } = figure
  const reached = judge(figure)?.reached
  return [
    what,
    showSeries(ours, unit),
    against === null ? '' : `${showSeries(against.series, unit)}: ${against.name}`,
    compared(figure),
    showGoal(goal, unit),
    reached === undefined ? '' : reached ? 'reached' : '**missed**',
  ]
}

/** In the terms of the goal; without one, or with one for ours alone, as a ratio. */
function compared(figure: Figure): string {
  const { goal, against, unit } = figure
  if (against === null) return ''
  const measure = goal === null || goal.measure === 'value' ? 'ratio' : goal.measure
  return showMeasure(measured(figure, measure), measure, unit)
}
