/** What a merge says of itself where nobody has said it. */
import type { CommitLog } from '../../git/history/commit-log.ts'
import type { Reader } from '../../git/git-reader.ts'
import type { Strategy } from '../../git/merging/merge.ts'
import type { Oid } from '../../kernel/ids.ts'
import type { PullRequest } from '../../store/pulls-rows.ts'

const MAX_LISTED = 100

/** Rebased and fast-forwarded commits keep their own. @param target head of the target branch now */
export async function mergeMessage(
  log: Pick<CommitLog, 'between'>,
  reader: Reader,
  pull: PullRequest,
  { strategy, target }: { strategy: Strategy; target: Oid },
): Promise<string> {
  const { number, title, sourceBranch, description } = pull
  const from = sourceBranch === null ? '' : ` from ${sourceBranch}`
  if (strategy !== 'squash') return `Merge pull request #${number}${from}\n\n${title}\n`
  const body = description?.trim() || (await subjects(log, reader, { target, source: pull.sourceSha }))
  return `${title} (#${number})\n\n${body}`.trim() + '\n'
}

/** `* <subject>` of every commit, oldest first. */
async function subjects(
  log: Pick<CommitLog, 'between'>,
  reader: Reader,
  { target, source }: { target: Oid; source: Oid },
): Promise<string> {
  const commits = await log.between(reader, target, source, { skip: 0, count: MAX_LISTED })
  const lines = commits.map(({ message }) => `* ${message.split('\n', 1)[0] ?? ''}`)
  return lines.reverse().join('\n')
}
