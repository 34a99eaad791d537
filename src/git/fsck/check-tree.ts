/** A tree: modes, names, ids, and the order of its entries. @see git's fsck.c, fsck_tree */
import type { ObjectFormat, Oid } from '../../kernel/ids.ts'
import { fault, UNUSUAL, type Check, type Reference } from './check.ts'
import { EntryCursor } from './entry-cursor.ts'
import { EntryOrder } from './entry-order.ts'
import { nameProblem } from './name-problem.ts'

const TREE = 0o040000
const SUBMODULE = 0o160000
const LINK = 0o120000
/** Of others git warns, or was told to tolerate them. */
const MODES: readonly number[] = [TREE, 0o100644, 0o100755, LINK, SUBMODULE]

const ZERO_IDS: Readonly<Record<ObjectFormat, string>> = { sha1: '0'.repeat(40), sha256: '0'.repeat(64) }

export function checkTree(content: Buffer, format: ObjectFormat): Check {
  const zero = ZERO_IDS[format]
  const hex = content.toString('hex')
  const entry = new EntryCursor(content, zero.length / 2)
  const order = new EntryOrder(content)
  const references: Reference[] = []
  let problem: Check | null = null
  while (!entry.isAtEnd) {
    if (!entry.advance()) return fault('badTree')
    if (!MODES.includes(entry.mode)) return UNUSUAL
    // Bytes that make no tree may hide every other fault from git: all are walked before one is told.
    problem ??=
      nameProblem(content, entry, entry.mode === LINK) ?? order.problemOf(entry, entry.mode === TREE)
    const oid = hex.slice(2 * entry.oidStart, 2 * entry.oidStart + zero.length) as Oid
    if (entry.mode !== SUBMODULE) references.push({ oid, type: entry.mode === TREE ? 'tree' : 'blob' })
    if (oid === zero) problem ??= fault('nullSha1')
  }
  return problem ?? { kind: 'sound', references }
}
