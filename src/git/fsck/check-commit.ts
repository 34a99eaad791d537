/** A commit: the order of its header lines, ids, who and when. @see git's fsck.c, fsck_commit */
import type { ObjectFormat } from '../../kernel/ids.ts'
import { fault, UNUSUAL, type Check, type Reference } from './check.ts'
import { readHeader } from './header.ts'
import { hexIdAt } from './hex-id.ts'
import { identProblem } from './ident.ts'

const TREE = 'tree '
const PARENT = 'parent '
const AUTHOR = 'author '
const COMMITTER = 'committer '

export function checkCommit(content: Buffer, format: ObjectFormat): Check {
  const header = readHeader(content)
  if ('fault' in header) return fault(header.fault)
  const { text, nul } = header
  if (!text.startsWith(TREE)) return fault('missingTree')
  const tree = hexIdAt(text, TREE.length, format)
  if (tree === 'bad') return fault('badTreeSha1')
  if (tree === 'upper') return UNUSUAL
  const references: Reference[] = [{ oid: tree, type: 'tree' }]
  let at = TREE.length + tree.length + 1
  for (; text.startsWith(PARENT, at); at += PARENT.length + tree.length + 1) {
    const parent = hexIdAt(text, at + PARENT.length, format)
    if (parent === 'bad') return fault('badParentSha1')
    if (parent === 'upper') return UNUSUAL
    references.push({ oid: parent, type: 'commit' })
  }
  const problem = peopleProblem(text, at) ?? (nul ? fault('nulInCommit') : null)
  return problem ?? { kind: 'sound', references }
}

function peopleProblem(text: string, start: number): Check | null {
  let at = start
  let authors = 0
  for (; text.startsWith(AUTHOR, at); authors++) {
    const end = text.indexOf('\n', at)
    const problem = identProblem(text.slice(at + AUTHOR.length, end))
    if (problem) return problem
    at = end + 1
  }
  if (authors === 0) return fault('missingAuthor')
  if (authors > 1) return fault('multipleAuthors')
  if (!text.startsWith(COMMITTER, at)) return fault('missingCommitter')
  return identProblem(text.slice(at + COMMITTER.length, text.indexOf('\n', at)))
}
