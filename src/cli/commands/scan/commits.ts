/** Who made commits, and when. */
import { records } from './records.ts'
import type { Git } from './repository.ts'

export interface CommitFacts {
  readonly author: { readonly name: string; readonly email: string }
  /** Of the author, ISO 8601. */
  readonly date: string
  readonly subject: string
}

const FORMAT = '--format=%H%x00%an%x00%ae%x00%aI%x00%s'

export async function commitFacts(
  git: Git,
  commits: readonly string[],
): Promise<ReadonlyMap<string, CommitFacts>> {
  if (commits.length === 0) return new Map()
  const args = ['rev-list', '--no-walk=unsorted', '--no-commit-header', FORMAT, '--stdin']
  const lines = await records(git(args, [`${commits.join('\n')}\n`]), '\n')
  return new Map(lines.map(factsOf))
}

function factsOf(line: string): [string, CommitFacts] {
  const [oid = '', name = '', email = '', date = '', subject = ''] = line.split('\0')
  return [oid, { author: { name, email }, date, subject }]
}
