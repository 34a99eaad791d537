/** The bytes of a tree as entries. Which paths lead where: see tree-path.ts. */
import type { ObjectFormat, Oid } from '../../kernel/ids.ts'
import type { ObjectType } from './object-type.ts'

export interface TreeEntry {
  /** Octal, as git prints it. What an old tool wrote otherwise is made one of them, as git does. */
  readonly mode: '100644' | '100755' | '120000' | '040000' | '160000'
  /** As UTF-8; what is not UTF-8 shows as U+FFFD. */
  readonly name: string
  readonly rawName: Buffer
  readonly oid: Oid
  /** `commit`: a submodule. */
  readonly type: Extract<ObjectType, 'blob' | 'tree' | 'commit'>
}

const SPACE = 0x20

/**
 * Entries in git's order. `rawName` is a view on `content`.
 *
 * @returns `null` for bytes that are no tree
 * @see gitformat-pack(5) for the length of ids; git's tree-walk.c, decode_tree_entry
 */
export function parseTree(content: Buffer, format: ObjectFormat): readonly TreeEntry[] | null {
  const oidBytes = format === 'sha1' ? 20 : 32
  const entries: TreeEntry[] = []
  for (let at = 0; at < content.length;) {
    const space = content.indexOf(SPACE, at)
    const end = content.indexOf(0, space + 1)
    if (space < 0 || end < 0 || end + oidBytes >= content.length) return null
    const mode = modeOf(Number.parseInt(content.toString('latin1', at, space), 8))
    const rawName = content.subarray(space + 1, end)
    at = end + 1 + oidBytes
    const oid = content.toString('hex', end + 1, at) as Oid
    entries.push({ mode, name: rawName.toString(), rawName, oid, type: typeOf(mode) })
  }
  return entries
}

const TYPE_BITS = 0o170000
const OWNER_EXECUTES = 0o100

/** @see git's cache.h, canon_mode */
function modeOf(bits: number): TreeEntry['mode'] {
  switch (bits & TYPE_BITS) {
    case 0o100000:
      return bits & OWNER_EXECUTES ? '100755' : '100644'
    case 0o120000:
      return '120000'
    case 0o040000:
      return '040000'
    default:
      return '160000'
  }
}

function typeOf(mode: TreeEntry['mode']): TreeEntry['type'] {
  if (mode === '040000') return 'tree'
  return mode === '160000' ? 'commit' : 'blob'
}
