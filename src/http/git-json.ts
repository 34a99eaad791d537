/** Commits and file diffs as the REST API shows them; lists of commits, compare and pull requests share them. */
import { z } from 'zod'

const SHA = '9fceb02d0ae598e95dc970b74767f19372d61af8'

const commitFields = {
  sha: z.string(),
  authorName: z.string(),
  authorEmail: z.string(),
  committerName: z.string(),
  committerEmail: z.string(),
  message: z.string().meta({ description: 'without the line feeds at its end; cut after 64 KiB' }),
  timestamp: z.iso.datetime().meta({ description: 'when it was committed' }),
  parentShas: z.array(z.string()),
}

export const commitExample = {
  sha: SHA,
  authorName: 'Ada Lovelace',
  authorEmail: 'ada@example.org',
  committerName: 'Ada Lovelace',
  committerEmail: 'ada@example.org',
  message: 'Count the turns of the mill\n\nThe store needs them.',
  timestamp: '2026-01-31T12:00:00.000Z',
  parentShas: ['1f7a7a472abf3dd9643fd615f6da379c4acb3e3a'],
}

export const CommitJson = z.object(commitFields).meta({ id: 'Commit', example: commitExample })

export const CommitWithStatsJson = z
  .object({
    ...commitFields,
    stats: z
      .object({ additions: z.number(), deletions: z.number(), filesChanged: z.number() })
      .meta({ description: 'against the first parent; lines of binary files do not count' }),
  })
  .meta({
    id: 'CommitWithStats',
    example: { ...commitExample, stats: { additions: 12, deletions: 3, filesChanged: 2 } },
  })

export const fileDiffExample = {
  path: 'src/mill.ts',
  previousPath: null,
  status: 'modified',
  additions: 1,
  deletions: 1,
  binary: false,
  patch:
    'diff --git a/src/mill.ts b/src/mill.ts\n--- a/src/mill.ts\n+++ b/src/mill.ts\n@@ -1 +1 @@\n-1\n+2\n',
  truncated: false,
}

export const FileDiffJson = z
  .object({
    path: z.string(),
    previousPath: z.string().nullable().meta({ description: 'of what was renamed or copied' }),
    status: z.enum(['added', 'modified', 'deleted', 'renamed', 'copied', 'typechange']),
    additions: z.number(),
    deletions: z.number(),
    binary: z.boolean(),
    patch: z.string().optional().meta({
      description: 'as git prints it; left out with `patch=false`. Bytes that are no UTF-8 show as U+FFFD',
    }),
    truncated: z.boolean().meta({ description: '`patch` was cut, at 1 MiB a file or 10 MiB in all' }),
  })
  .meta({
    id: 'FileDiff',
    example: fileDiffExample,
  })

interface Signature {
  readonly name: string
  readonly email: string
  /** Since 1970. */
  readonly seconds: number
}

/** What is shown of a commit. */
export interface ShownCommit {
  readonly oid: string
  readonly author: Signature
  readonly committer: Signature
  readonly message: string
  readonly parents: readonly string[]
}

export function commitJson(commit: ShownCommit): z.output<typeof CommitJson> {
  const { author, committer } = commit
  return {
    sha: commit.oid,
    authorName: author.name,
    authorEmail: author.email,
    committerName: committer.name,
    committerEmail: committer.email,
    message: commit.message.replace(/\n+$/, ''),
    timestamp: isoTime(committer.seconds),
    parentShas: [...commit.parents],
  }
}

/** Writes lists of commits; what a commit looks like is written once for as long as its value is in memory. */
export function commitListWriter(): (commits: readonly ShownCommit[]) => string {
  const texts = new WeakMap<ShownCommit, string>()
  const textOf = (commit: ShownCommit): string => {
    const known = texts.get(commit)
    if (known !== undefined) return known
    const text = JSON.stringify(commitJson(commit))
    texts.set(commit, text)
    return text
  }
  return (commits) => `[${commits.map(textOf).join(',')}]`
}

/** @param diff `patch: null`: none was asked for */
export function fileDiffJson(
  diff: Omit<z.output<typeof FileDiffJson>, 'patch'> & { readonly patch: string | null },
): z.output<typeof FileDiffJson> {
  const { patch, ...facts } = diff
  return patch === null ? facts : { ...facts, patch }
}

/** The last second of the year 9999: later ones cannot be written with four digits. @see RFC 3339, section 1 */
const MAX_SECONDS = 253_402_300_799

/** @param seconds since 1970; later than the year 9999 becomes its end */
export function isoTime(seconds: number): string {
  return new Date(Math.min(seconds, MAX_SECONDS) * 1_000).toISOString()
}
