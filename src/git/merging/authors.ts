/** Who wrote the commits that a squash puts together. */
import type { Identity } from '../../kernel/identity.ts'
import type { Oid } from '../../kernel/ids.ts'
import type { ObjectReader } from '../../kernel/ports.ts'

/** Who merges has written nothing. */
const LOG = ['log', '--no-merges', '--reverse', '--no-mailmap', '--encoding=UTF-8', '--format=%an%n%ae']

/** In the order of the commits, as often as they wrote one. @throws AppError `GIT_FAILED`, `LAUNCHER_LOST` */
export async function authorsBetween(
  git: ObjectReader,
  target: Oid,
  source: Oid,
): Promise<readonly Identity[]> {
  const lines = (await git.git([...LOG, `${target}..${source}`])).split('\n')
  const authors: Identity[] = []
  for (let at = 0; at + 1 < lines.length; at += 2)
    authors.push({ name: lines[at] ?? '', email: lines[at + 1] ?? '' })
  return authors
}
