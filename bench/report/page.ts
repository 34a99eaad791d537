/** docs/benchmarks.md as a whole: a head for the latest run, the summary, and a section for each row. */
import type { Machine } from '../machine.ts'
import type { RunStamp } from './section.ts'
import { writeSummary } from './summary.ts'

const SECTION = /^(?=## )/m

/** What stands under a heading of its own. */
export interface PageEntry {
  readonly name: string
  readonly title: string
}

/**
 * Sections that were not measured this time stay as they were, each with the date of its own run.
 *
 * @param previous the page so far; empty when there is none
 * @param fresh title to section
 * @param order all there can be; others are dropped
 */
export function writePage(
  previous: string,
  head: string,
  fresh: ReadonlyMap<string, string>,
  order: readonly PageEntry[],
): string {
  const kept = sectionsOf(previous)
  const present = order.flatMap(({ name, title }) => {
    const section = fresh.get(title) ?? kept.get(title)
    return section === undefined ? [] : [[name, section] as const]
  })
  const summary = writeSummary(new Map(present))
  return (
    [head, summary, ...present.map(([, section]) => section)].map((part) => part.trimEnd()).join('\n\n') +
    '\n'
  )
}

function sectionsOf(page: string): Map<string, string> {
  const sections = page.split(SECTION).filter((part) => part.startsWith('## '))
  return new Map(sections.map((section) => [titleOf(section), section]))
}

function titleOf(section: string): string {
  return (section.split('\n', 1)[0] ?? '').slice('## '.length)
}

export function writeHead(machine: Machine, stamp: RunStamp): string {
  return `# Benchmarks

Written by \`npm run bench\` and \`npm run bench:load\`; do not edit. Both sides of a comparison run in turns in one run,
on the same machine, and each figure is the median of the rounds, with the least and the greatest in brackets.
Authentication is on. CPU time is that of a server with everything it starts. \`BENCH_REPO=<path>\` puts a real repository
in place of the synthetic one. Causes of missed goals are kept in \`bench/causes.json\`, profiles in \`bench/profiles/\`;
[how to read and run all this](how-to/load.md).

The event-loop delay of a row is how late a timer of 10 ms in our server was, those 10 ms left out, over all the time
that it served: warm-up included, and turns of the peer, in which it idles, too. So beside the p99 stands the longest.
Node counts a firing that was late once, however late: a stall of a second is one of some hundred samples, not all of them.
The watch is that of \`perf_hooks\`, loaded into the server by \`bench/measure/loop-watch.mjs\`.

| latest run | |
| --- | --- |
| date, commit | ${stamp.date}, ${stamp.commit} |
| processor, memory | ${machine.processor}, ${machine.memoryGib} GiB |
| kernel, file system | ${machine.kernel}, ${machine.fileSystem} |
| node, git | ${machine.node}, ${machine.git} |
| peers | nginx ${machine.nginx} with fcgiwrap ${machine.fcgiwrap} and git http-backend ${machine.git}; git daemon ${machine.git} |
| CPU time read from | ${machine.cpuMeter} |
`
}
