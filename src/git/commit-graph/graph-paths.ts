/** Where the commit-graph of a repository lies. @see git-commit-graph(1) `--split` */
import type { RepoHandle } from '../../kernel/repository.ts'

/** The one file, or the one that names those of a chain: without them there is no graph. */
export function graphHeads({ path }: Pick<RepoHandle, 'path'>): readonly string[] {
  return ['commit-graph', 'commit-graphs/commit-graph-chain'].map((name) => `${path}/objects/info/${name}`)
}
