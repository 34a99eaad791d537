/** docs/benchmarks.md as a whole: a head for the latest run, and a section for each row. */
import type { Machine } from '../machine.ts'
import type { RunStamp } from './section.ts'

const SECTION = /^(?=## )/m

/**
 * Sections that were not measured this time stay as they were, each with the date of its own run.
 *
 * @param previous the page so far; empty when there is none
 * @param fresh title to section
 * @param order titles of all rows; others are dropped
 */
export function writePage(
  previous: string,
  head: string,
  fresh: ReadonlyMap<string, string>,
  order: readonly string[],
): string {
  const kept = sectionsOf(previous)
  const sections = order.flatMap((title) => fresh.get(title) ?? kept.get(title) ?? [])
  return [head, ...sections].map((part) => part.trimEnd()).join('\n\n') + '\n'
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

Written by \`npm run bench\`; do not edit. Both sides of a comparison run in turns in one run, on the same machine, and
each figure is the median of the rounds, with the least and the greatest in brackets. Authentication is on. CPU time is
that of a server with everything it starts. \`BENCH_REPO=<path>\` puts a real repository in place of the synthetic one.
Causes of missed goals are kept in \`bench/causes.json\`.

| latest run | |
| --- | --- |
| date, commit | ${stamp.date}, ${stamp.commit} |
| processor, memory | ${machine.processor}, ${machine.memoryGib} GiB |
| kernel, file system | ${machine.kernel}, ${machine.fileSystem} |
| node, git, nginx | ${machine.node}, ${machine.git}, ${machine.nginx} |
| CPU time read from | ${machine.cpuMeter} |
`
}
