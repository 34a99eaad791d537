/** Which history a walk over new objects may leave out because the repository has it. */
import type { Oid } from '../../kernel/ids.ts'
import type { RepoHandle } from '../../kernel/repository.ts'
import type { CurrentRefs } from '../refs/current-refs.ts'
import { readHead } from '../refs/head.ts'

/** Above this, reading all refs costs more than a longer walk. */
const FEW_REFS = 500

export interface KnownTips {
  /** For the end of a `rev-list` command line. */
  readonly args: readonly string[]
  /** For its stdin: lines `^<oid>`. */
  readonly lines: readonly string[]
}

/** All refs while they are few; else the branch HEAD points at and `olds`. */
export async function knownTips(
  refs: CurrentRefs,
  repo: RepoHandle,
  olds: readonly Oid[],
): Promise<KnownTips> {
  if (await refs.atMost(repo, FEW_REFS)) return { args: ['--not', '--all'], lines: [] }
  const tips = await nearTips(refs, repo, olds)
  return { args: [], lines: [...tips].map((oid) => `^${oid}`) }
}

/** What new history most often stands on: `olds`, which are values of refs, and the branch of HEAD. */
export async function nearTips(
  refs: CurrentRefs,
  repo: RepoHandle,
  olds: readonly Oid[],
): Promise<ReadonlySet<Oid>> {
  const head = await readHead(repo)
  const values = head === null ? [] : (await refs.read(repo, [head])).values()
  return new Set([...olds, ...values])
}
