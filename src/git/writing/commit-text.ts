/** The text of a commit. @see git-commit-tree(1) */
import type { Oid } from '../../kernel/ids.ts'
import type { Signature } from '../objects/commit.ts'

export interface CommitText {
  readonly tree: Oid
  readonly parents: readonly Oid[]
  /** Names hold neither `<`, `>` nor control characters: see kernel/identity.ts. */
  readonly author: Signature
  readonly committer: Signature
  readonly message: string
}

export function writeCommit({ tree, parents, author, committer, message }: CommitText): Buffer {
  const lines = [
    `tree ${tree}`,
    ...parents.map((parent) => `parent ${parent}`),
    `author ${signatureLine(author)}`,
    `committer ${signatureLine(committer)}`,
  ]
  return Buffer.from(`${lines.join('\n')}\n\n${message}`)
}

const SPACE = ' \t\n\v\f\r'

/** As `git commit` ends a message: without white space behind it, with one line feed. All else stays as it is. */
export function wholeLines(message: string): string {
  let end = message.length
  while (end > 0 && SPACE.includes(message.charAt(end - 1))) end--
  return `${message.slice(0, end)}\n`
}

function signatureLine({ name, email, seconds, zone }: Signature): string {
  return `${name} <${email}> ${seconds} ${zone}`
}
