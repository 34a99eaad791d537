/** An event of a stream, in a line. */
import type { StreamedEvent } from '../../client/events/follow-events.ts'
import type { Column } from '../table.ts'

export const STREAMED_EVENTS: readonly Column<StreamedEvent>[] = [
  { title: 'cursor', value: ({ cursor }) => cursor },
  { title: 'time', value: ({ createdAt }) => createdAt },
  { title: 'type', value: ({ eventType }) => eventType },
  { title: 'repository', value: ({ repoId }) => repoId },
  { title: 'actor', value: ({ actorId }) => actorId },
  { title: 'refs', value: ({ metadata }) => refsIn(metadata) },
]

interface MovedRef {
  readonly ref?: unknown
  readonly kind?: unknown
}

/** What a push has moved; other events have none. */
function refsIn(metadata: unknown): string {
  const { refs } = (metadata ?? {}) as { refs?: unknown }
  if (!Array.isArray(refs)) return ''
  return refs.map(({ ref, kind }: MovedRef) => `${String(ref)} ${String(kind)}`).join(', ')
}
