/** Repository states: kind 30618, what its branches and tags are to be. @see NIP-34, "Repository state announcements" */
import { isOid, isRefName, type Oid, type RefName } from '../../kernel/ids.ts'
import { firstTag, type NostrEvent } from '../event.ts'

export interface DeclaredState {
  readonly identifier: string
  /** Branches and tags; `null`: what it says is no object id, so nothing can ever be that. */
  readonly refs: ReadonlyMap<RefName, Oid | null>
  /** Branch of HEAD; `null` when it names none. */
  readonly head: RefName | null
}

const DECLARED = /^refs\/(?:heads|tags)\//
const SYMBOLIC = /^ref: ?/

/** Peeled entries (`refs/tags/v1^{}`), symbolic ones and names that git would not take are left out. */
export function parseState(event: NostrEvent): DeclaredState {
  const refs = new Map<RefName, Oid | null>()
  for (const [name = '', value = ''] of event.tags) {
    if (!DECLARED.test(name) || !isRefName(name) || SYMBOLIC.test(value) || refs.has(name)) continue
    refs.set(name, isOid(value) ? value : null)
  }
  return { identifier: firstTag(event, 'd') ?? '', refs, head: headOf(event) }
}

/** Written as `ref: refs/heads/main` or without its `ref: `. */
function headOf(event: NostrEvent): RefName | null {
  const head = (firstTag(event, 'HEAD') ?? '').replace(SYMBOLIC, '')
  return head.startsWith('refs/heads/') && isRefName(head) ? head : null
}
