/** What is kept up behind the pushes of this server, for those who read. */
import type { EventLog } from '../store/log/events.ts'
import type { Git } from './git.ts'

/** What other servers push is seen when somebody asks. */
export function keepUp(
  events: Pick<EventLog, 'onAppended'>,
  { lastCommitIndexes }: Pick<Git, 'lastCommitIndexes'>,
): Disposable {
  return events.onAppended((appended) => {
    for (const { type, repoId } of appended) if (type === 'push' && repoId) lastCommitIndexes.moved(repoId)
  })
}
