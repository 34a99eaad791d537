/** Who wrote the commits that a squash puts together. */
import type { Identity } from '../../kernel/identity.ts'
import type { Oid } from '../../kernel/ids.ts'
import { historyLines } from './history-reader.ts'
import { lineAbove } from './line.ts'
import type { Pair, WalkParts } from './merge-bases.ts'

/** Who merges has written nothing. */
const LOG = ['log', '--no-merges', '--reverse', '--no-mailmap', '--encoding=UTF-8', '--format=%an%n%ae']

/**
 * In the order of the commits, as often as they wrote one.
 *
 * @throws AppError `GIT_FAILED`, `LAUNCHER_LOST`
 */
export async function authorsOf(
  parts: WalkParts,
  { repo, target, source }: Pair,
  bases: readonly Oid[],
): Promise<readonly Identity[]> {
  const [base, ...others] = bases
  const line = base && others.length === 0 ? await lineAbove(parts.objects, repo, base, source) : null
  if (line) return line.map(({ author }) => author)
  const lines = await historyLines(parts, repo, [...LOG, `${target}..${source}`])
  return Array.from({ length: lines.length >> 1 }, (_, i) => ({
    name: lines[2 * i] ?? '',
    email: lines[2 * i + 1] ?? '',
  }))
}
