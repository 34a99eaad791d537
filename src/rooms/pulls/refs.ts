/** The refs of a pull request: its two branches, and the ref that keeps its commits. */
import { branchRef, parseRefName, type Oid, type RefName } from '../../kernel/ids.ts'
import type { GitStore } from '../../kernel/ports.ts'
import type { RepoHandle } from '../../kernel/repository.ts'

export type ReadRefs = Pick<GitStore, 'readRefs'>

interface Branches {
  readonly sourceBranch: string
  readonly targetBranch: string
}

/** Values of both branches now; `null` for one that does not exist. */
export async function branchTips(
  store: ReadRefs,
  repo: RepoHandle,
  { sourceBranch, targetBranch }: Branches,
): Promise<{ readonly source: Oid | null; readonly target: Oid | null }> {
  const [source, target] = [branchRef(sourceBranch), branchRef(targetBranch)]
  const values = await store.readRefs(repo, [source, target])
  return { source: values.get(source) ?? null, target: values.get(target) ?? null }
}

/** Can be fetched and never pushed: see kernel/commands.ts. */
export function headRef(number: number): RefName {
  return parseRefName(`refs/pull/${number}/head`)
}

export function mergeRef(number: number): RefName {
  return parseRefName(`refs/pull/${number}/merge`)
}
