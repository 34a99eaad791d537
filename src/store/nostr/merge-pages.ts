/** Several lists of positions, each read page by page in its order, become one. */
import { byPosition, type Position } from './position.ts'

/** Positions in order. `behind`: where the next page begins; `null`: there is none. */
export interface Page<P extends Position> {
  readonly items: readonly P[]
  readonly behind: Position | null
}

/** Reads the next page. */
export type NextPage<P extends Position> = () => Promise<Page<P>>

interface List<P extends Position> {
  readonly next: NextPage<P>
  waiting: readonly P[]
  behind: Position | null
}

/** Reads at the same time. */
const LISTS_AT_ONCE = 16
const BEGIN: Position = { created_at: Infinity, tie: -1, event: -1 }

/**
 * All positions of all lists in order, each once. Nothing is read before it is asked for; between reads the event
 * loop turns, because SQLite answers without letting go of it.
 */
export async function* mergePages<P extends Position>(
  lists: readonly NextPage<P>[],
): AsyncGenerator<readonly P[]> {
  const all = lists.map((next): List<P> => ({ next, waiting: [], behind: BEGIN }))
  for (;;) {
    await fill(all.filter(({ waiting, behind }) => waiting.length === 0 && behind !== null))
    const horizon = all.flatMap(({ behind }) => behind ?? []).toSorted(byPosition)[0]
    const known = all.flatMap((list) => takeUntil(list, horizon)).toSorted(byPosition)
    yield known.filter(({ event }, at) => event !== known[at - 1]?.event)
    if (horizon === undefined) return
    await new Promise(setImmediate)
  }
}

async function fill<P extends Position>(lists: readonly List<P>[]): Promise<void> {
  for (let at = 0; at < lists.length; at += LISTS_AT_ONCE) {
    if (at > 0) await new Promise(setImmediate)
    await Promise.all(
      lists.slice(at, at + LISTS_AT_ONCE).map(async (list) => {
        const { items, behind } = await list.next()
        list.waiting = items
        list.behind = behind
      }),
    )
  }
}

/** What no later page of any list can come before. */
function takeUntil<P extends Position>(list: List<P>, horizon: Position | undefined): readonly P[] {
  const { waiting } = list
  const end = horizon ? waiting.findIndex((item) => byPosition(item, horizon) > 0) : -1
  if (end < 0) {
    list.waiting = []
    return waiting
  }
  list.waiting = waiting.slice(end)
  return waiting.slice(0, end)
}
