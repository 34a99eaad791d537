/** A tree: modes, names, ids, and the order of its entries. @see git's fsck.c, fsck_tree */
import type { ObjectFormat, Oid } from '../../kernel/ids.ts'
import { fault, UNUSUAL, type Check, type ReadFile, type Reference } from './check.ts'
import { EntryCursor } from './entry-cursor.ts'
import { EntryOrder } from './entry-order.ts'
import { judgeName, type EntryKind } from './judge-name.ts'

const ZERO_IDS: Readonly<Record<ObjectFormat, string>> = { sha1: '0'.repeat(40), sha256: '0'.repeat(64) }

export function checkTree(content: Buffer, format: ObjectFormat): Check {
  const zero = ZERO_IDS[format]
  const hex = content.toString('hex')
  const entry = new EntryCursor(content, zero.length / 2)
  const order = new EntryOrder(content)
  const references: Reference[] = []
  const files: ReadFile[] = []
  let problem: Check | null = null
  while (!entry.isAtEnd) {
    if (!entry.advance()) return fault('badTree')
    const kind = kindOf(entry.mode)
    if (kind === null) return UNUSUAL
    const oid = hex.slice(2 * entry.oidStart, 2 * entry.oidStart + zero.length) as Oid
    if (kind !== 'submodule') references.push({ oid, type: kind === 'tree' ? 'tree' : 'blob' })
    if (problem !== null) continue // bytes that make no tree may hide it from git
    const judged = judgeName(content, entry, kind)
    if (typeof judged === 'string') files.push({ oid, name: judged })
    else problem = judged
    problem ??= order.problemOf(entry, kind === 'tree') ?? (oid === zero ? fault('nullSha1') : null)
  }
  if (problem !== null) return problem
  return files.length === 0 ? { kind: 'sound', references } : { kind: 'sound with files', references, files }
}

/** @returns `null` for a mode that git warns of, or was told to tolerate */
function kindOf(mode: number): EntryKind | null {
  switch (mode) {
    case 0o100644:
    case 0o100755:
      return 'file'
    case 0o120000:
      return 'link'
    case 0o040000:
      return 'tree'
    case 0o160000:
      return 'submodule'
    default:
      return null
  }
}
