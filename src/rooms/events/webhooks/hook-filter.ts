/** Which events a webhook asks for, as far as their own data tells; the files of a push: see touched-paths.ts. */
import { refMatches } from '../../../kernel/access.ts'
import { isOfTypes } from '../../../kernel/event-type.ts'
import type { MovedRef, PushData, StoredEvent } from '../../../kernel/events.ts'
import { branchRef, type RefName } from '../../../kernel/ids.ts'
import type { Hook, HookFilter } from '../../../store/hooks/hook.ts'

/** What is said of webhooks' own deliveries: it would cause more of them. */
const NEVER = new Set(['hook.pinged', 'hook.redelivered'])
/** Of the events about an organisation and none of its repositories; others are for administrators. */
const OF_ORGANISATIONS = /^(?:org|member|hook)\./

export function mayBeAskedFor(eventType: string): boolean {
  return !NEVER.has(eventType)
}

/** Was it made before this happened, is it about this, and does it ask for such events? */
export function asksFor(hook: Hook, event: StoredEvent): boolean {
  return (
    event.sequence > hook.sinceSequence &&
    isAbout(hook, event) &&
    (hook.eventTypes.length === 0 || isOfTypes(event.type, hook.eventTypes)) &&
    onBranches(hook, event)
  )
}

function isAbout({ owner }: Hook, event: StoredEvent): boolean {
  if (owner.kind === 'repository') return event.repoId === owner.id
  return event.orgId === owner.id && (event.repoId !== null || OF_ORGANISATIONS.test(event.type))
}

/** A push must have moved one of its branches, a pull request must want to change one; others have none. */
function onBranches(filter: HookFilter, { type, data }: StoredEvent): boolean {
  if (filter.branches.length === 0) return true
  if (type === 'push') return refsAskedFor(filter, data as PushData).length > 0
  const { targetBranch } = data as { targetBranch?: unknown }
  return typeof targetBranch !== 'string' || isAsked(filter, branchRef(targetBranch))
}

export function refsAskedFor(filter: Pick<HookFilter, 'branches'>, { refs }: PushData): readonly MovedRef[] {
  return filter.branches.length === 0 ? refs : refs.filter(({ ref }) => isAsked(filter, ref))
}

function isAsked({ branches }: Pick<HookFilter, 'branches'>, ref: RefName): boolean {
  return branches.some((pattern) =>
    refMatches(pattern.startsWith('refs/') ? pattern : `refs/heads/${pattern}`, ref),
  )
}
