/** One git for all who ask the same: finds the answer among those that are shared, or has it made for all. */
import type { FetchQuestion, Produce } from '../../git/fetch-cache/fetch-cache.ts'
import { fetchKey } from '../../git/fetch-cache/fetch-key.ts'
import { isSharedAtOnce } from '../../git/fetch-cache/shared-at-once.ts'
import type { ReadyAnswer } from '../../git/ready-answer.ts'
import { type FetchArguments, writeFetchRequest } from '../../git/wire/fetch-arguments.ts'
import { AppError } from '../../kernel/errors.ts'
import type { RepoHandle } from '../../kernel/repository.ts'
import type { Admission } from './describe-push.ts'
import { uploadPackSpec, type FetchParts } from './stream-fetch.ts'

/** Answers that many clients read. */
export interface SharedFetches {
  find(question: FetchQuestion, produce: Produce): ReadyAnswer | null
  /** Changes when a tag does. */
  tagsDigest(repo: RepoHandle): Promise<string>
}

export interface SharedFetchParts extends FetchParts {
  readonly shared: SharedFetches
  /** A place among the running gits. */
  readonly admit: Admission
}

export interface SharedFetch {
  readonly repo: RepoHandle
  readonly args: FetchArguments
  readonly party: string
}

/** @returns `null`: nobody has asked for it lately; git may stream it */
export async function findShared(parts: SharedFetchParts, fetch: SharedFetch): Promise<ReadyAnswer | null> {
  const { repo, args, party } = fetch
  const tags = args.flags.has('include-tag') ? await parts.shared.tagsDigest(repo) : null
  const enter = (signal: AbortSignal) => parts.admit({ repoId: repo.id, principal: party }, signal)
  return parts.shared.find(
    {
      repoId: repo.id,
      key: fetchKey(repo, args, tags),
      isSharedAtOnce: () => isSharedAtOnce(repo, args),
      asker: { party, enter },
    },
    (into, signal) => makeOnce(parts, fetch, into, signal),
  )
}

/** As it is the same for all, nobody's progress is in it. */
async function makeOnce(
  parts: SharedFetchParts,
  { repo, args }: SharedFetch,
  ...[into, signal]: Parameters<Produce>
): Promise<boolean> {
  const git = await parts.startGit(into, uploadPackSpec(parts, { repo, version: 2 }), { signal })
  git.stdin.on('error', () => {}) // its exit tells the story, EPIPE does not
  git.stdin.end(writeFetchRequest({ ...args, flags: new Set([...args.flags, 'no-progress']) }))
  await git.written
  const exit = await git.exited
  if (exit.code === null)
    throw new AppError('GIT_FAILED', { cause: new Error(`upload-pack: ${exit.signal}`) })
  return exit.code === 0
}
