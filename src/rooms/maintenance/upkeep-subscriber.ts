/** Follows the log and counts what pushes leave behind in their repositories. */
import type { PushData } from '../../kernel/events.ts'
import type { Subscriber } from '../../store/log/hand-over.ts'
import type { Tallies } from './tallies.ts'
import { wearOf } from './wear.ts'

/** Writes nothing itself: a push that is counted twice after a crash does no harm. */
export function upkeepSubscriber(tallies: Pick<Tallies, 'add'>): Subscriber {
  return {
    name: 'upkeep',
    from: 'beginning',
    concerns: (type) => type === 'push',
    prepare: (events) => {
      for (const { repoId, data } of events)
        if (repoId !== null) tallies.add(repoId, wearOf(data as PushData))
      return Promise.resolve(null)
    },
  }
}
