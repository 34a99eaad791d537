/** Who wrote the commits that a squash puts together. */
import type { Identity } from '../../kernel/identity.ts'
import { historyLines, type HistoryParts } from './history-reader.ts'
import type { Pair } from './merge-bases.ts'

/** Who merges has written nothing. */
const LOG = ['log', '--no-merges', '--reverse', '--no-mailmap', '--encoding=UTF-8', '--format=%an%n%ae']

/** In the order of the commits, as often as they wrote one. @throws AppError `GIT_FAILED`, `LAUNCHER_LOST` */
export async function authorsBetween(
  parts: HistoryParts,
  { repo, target, source }: Pair,
): Promise<readonly Identity[]> {
  const lines = await historyLines(parts, repo, [...LOG, `${target}..${source}`])
  const authors: Identity[] = []
  for (let at = 0; at + 1 < lines.length; at += 2)
    authors.push({ name: lines[at] ?? '', email: lines[at + 1] ?? '' })
  return authors
}
