/** The refs of a pull request: its source and target, and the ref that keeps its commits. */
import { branchRef, parseRefName, type Oid, type RefName } from '../../kernel/ids.ts'
import type { GitStore } from '../../kernel/ports.ts'
import type { RepoHandle } from '../../kernel/repository.ts'

export type ReadRefs = Pick<GitStore, 'readRefs'>

/** Between branches, or of what was pushed to the target itself: see redirect-push.ts. */
export type Sides = { readonly targetBranch: string } & Source
type Source = { readonly sourceBranch: string } | { readonly sourceBranch: null; readonly number: number }

/** Where what is to be merged is pushed to. */
export function sourceRef(source: Source): RefName {
  return source.sourceBranch === null ? headRef(source.number) : branchRef(source.sourceBranch)
}

/** Values of both sides now; `null` for a branch that does not exist. */
export async function branchTips(
  store: ReadRefs,
  repo: RepoHandle,
  sides: Sides,
): Promise<{ readonly source: Oid | null; readonly target: Oid | null }> {
  const [source, target] = [sourceRef(sides), branchRef(sides.targetBranch)]
  const values = await store.readRefs(repo, [source, target])
  return { source: values.get(source) ?? null, target: values.get(target) ?? null }
}

/** Can be fetched, and is never pushed to by its name: see kernel/commands.ts. */
export function headRef(number: number): RefName {
  return parseRefName(`refs/pull/${number}/head`)
}

export function mergeRef(number: number): RefName {
  return parseRefName(`refs/pull/${number}/merge`)
}
