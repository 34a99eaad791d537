/**
 * The table at the top of docs/benchmarks.md, taken from the sections below it, so that it never says
 * anything else than they do, whichever of them were measured this time.
 */

interface Work {
  /** As shown. */
  readonly work: string
  /** Rows that measure it. */
  readonly rows: readonly string[]
}

/** The work that a git server does most, in the order in which it matters. */
const WORKS: readonly Work[] = [
  { work: 'a poll with nothing new', rows: ['poll'] },
  { work: 'shallow clones', rows: ['clone-shallow'] },
  { work: 'clones without blobs', rows: ['clone-blobless'] },
  { work: 'full clones', rows: ['clone-storm', 'clone'] },
  { work: 'fetches of one new commit', rows: ['fetch-storm'] },
  { work: 'a small push', rows: ['push', 'push-rate'] },
  { work: 'a push beside 100,000 refs', rows: ['push-many-refs'] },
  { work: 'a refusal by name', rows: ['refusal'] },
  { work: 'merge, mergeability', rows: ['merge', 'mergeability'] },
  { work: 'reading by REST', rows: ['reads'] },
  { work: 'a tree with last commits', rows: ['tree-last-commits'] },
  { work: 'a new repository', rows: ['create'] },
  { work: 'landing on one branch', rows: ['landing', 'landing-mixed'] },
  { work: 'memory', rows: ['memory', 'memory-storm'] },
]
/** In every section: shown once, for all of them. */
const EVERYWHERE = 'event-loop delay, p99'
const FELT_ROW = 'client'
/** How the figures of that row are named: `<command>: wall time`, `<command>: server CPU`. */
export const FELT = { wall: 'wall time', cpu: 'server CPU' } as const

/** A line of a section's table, as section.ts writes it. */
interface Line {
  readonly what: string
  readonly ours: string
  readonly against: string
  readonly compared: string
  readonly goal: string
  readonly reached: string
}

/**
 * @param sections row to section
 * @returns Markdown without a section heading of its own
 */
export function writeSummary(sections: ReadonlyMap<string, string>): string {
  const linesOf = (row: string) => parseTable(sections.get(row) ?? '')
  const spent = WORKS.flatMap(({ work, rows }) => spentOn(work, rows, sections))
  return [
    '### What the server spends',
    table(['work', 'what', 'Sluice', 'against', 'compared', 'goal', ''], [...spent, ...worstDelay(sections)]),
    '### What the user feels, beside what the server spends',
    'What a user feels of a git command is mostly the client: it starts processes, indexes and checks out. The gain is not a faster command but how many agents one machine carries.',
    table(
      ['command', 'felt', 'felt with stock git', 'server CPU', 'of stock git', 'CPU compared'],
      feltBy(linesOf(FELT_ROW)),
    ),
  ].join('\n\n')
}

/** All lines that have a goal; what was never measured says so. */
function spentOn(
  work: string,
  rows: readonly string[],
  sections: ReadonlyMap<string, string>,
): readonly string[][] {
  if (!rows.some((row) => sections.has(row))) return [[work, 'not measured', '', '', '', '', '']]
  return rows.flatMap((row) => {
    const section = sections.get(row)
    if (section === undefined) return []
    const link = `[${work}](#${anchorOf(section)})`
    return parseTable(section)
      .filter(({ what, goal }) => goal !== '' && what !== EVERYWHERE)
      .map((line) => [
        link,
        line.what,
        withoutSpread(line.ours),
        withoutSpread(line.against),
        line.compared,
        line.goal,
        line.reached,
      ])
  })
}

/** One line: the greatest of all sections. */
function worstDelay(sections: ReadonlyMap<string, string>): readonly string[][] {
  const delays = [...sections.values()].flatMap((section) =>
    parseTable(section)
      .filter(({ what }) => what === EVERYWHERE)
      .map((line) => ({ line, section })),
  )
  const [worst] = delays.toSorted((a, b) => Number.parseFloat(b.line.ours) - Number.parseFloat(a.line.ours))
  if (worst === undefined) return []
  const reached = delays.filter(({ line }) => line.reached === 'reached').length
  const verdict =
    reached === delays.length ? 'reached' : `reached in ${reached}, **missed** in ${delays.length - reached}`
  const link = `[the event loop](#${anchorOf(worst.section)})`
  const { ours, goal } = worst.line
  return [[link, `${EVERYWHERE}, worst of ${delays.length} rows`, withoutSpread(ours), '', '', goal, verdict]]
}

function feltBy(lines: readonly Line[]): readonly string[][] {
  const named = new Map(lines.map((line) => [line.what, line]))
  return lines
    .filter(({ what }) => what.endsWith(`: ${FELT.wall}`))
    .map((wall) => {
      const command = wall.what.slice(0, -`: ${FELT.wall}`.length)
      const cpu = named.get(`${command}: ${FELT.cpu}`)
      return [
        command,
        withoutSpread(wall.ours),
        figureOf(wall.against),
        withoutSpread(cpu?.ours ?? ''),
        figureOf(cpu?.against ?? ''),
        cpu?.compared ?? '',
      ]
    })
}

/** Nothing of a section that could not be measured. */
function parseTable(section: string): Line[] {
  return section
    .split('\n')
    .filter((line) => line.startsWith('| '))
    .slice(2) // its head
    .map((line) => line.split('|').map((cell) => cell.trim()))
    .map(([, what = '', ours = '', against = '', compared = '', goal = '', reached = '']) => {
      return { what, ours, against, compared, goal, reached }
    })
}

function table(head: readonly string[], lines: readonly (readonly string[])[]): string {
  const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [head, head.map(() => '---'), ...lines].map(row).join('\n')
}

/** `5.98 ms (5.86–6.38): nginx` → `5.98 ms: nginx` */
function withoutSpread(cell: string): string {
  return cell.replace(/ \([\d.,]+–[\d.,]+\)/, '')
}

/** `5.98 ms (5.86–6.38): nginx` → `5.98 ms` */
function figureOf(against: string): string {
  return withoutSpread(against).split(':', 1)[0] ?? ''
}

/** As forges make them of headings. */
function anchorOf(section: string): string {
  const title = (section.split('\n', 1)[0] ?? '').slice('## '.length)
  return title
    .toLowerCase()
    .replace(/[^\w\s-]/g, '')
    .replace(/\s/g, '-')
}
