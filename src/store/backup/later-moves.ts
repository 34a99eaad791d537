/** What a repository's refs did after a position of the log, read from the database that goes on being written. */
import type { Kysely } from 'kysely'
import type { MovedRef, NewEvent, PushData } from '../../kernel/events.ts'
import type { Oid, RefName, RepoId } from '../../kernel/ids.ts'
import type { Schema } from '../schema.ts'

type Move = Pick<MovedRef, 'ref' | 'oldOid' | 'newOid'>

export interface LaterMoves {
  /** Value of each ref that has moved since, before its first move. */
  readonly before: ReadonlyMap<RefName, Oid>
  /** Moves that may have happened, but whose event is not written yet; newest first. */
  readonly open: readonly Move[]
}

const EVENTS_AT_ONCE = 200

/** What is no intent any more when they are read is an event when those are read: none is missed between. */
export async function laterMoves(
  kysely: Kysely<Schema>,
  repoId: RepoId,
  sequence: number,
): Promise<LaterMoves> {
  const open = await openMoves(kysely, repoId)
  return { open, before: await valuesBefore(kysely, repoId, sequence) }
}

/** What the log says of a ref at a position; `null`: it has never told of it. */
export async function valueAt(
  kysely: Kysely<Schema>,
  { repoId, ref, sequence }: { repoId: RepoId; ref: RefName; sequence: number },
): Promise<Oid | null> {
  for (let upTo: number | undefined = sequence; upTo !== undefined;) {
    const rows = await pushes(kysely, repoId)
      .where('sequence', '<=', upTo)
      .where('data', 'like', `%${likeText(ref)}%`)
      .orderBy('sequence', 'desc')
      .limit(EVENTS_AT_ONCE)
      .execute()
    for (const { data } of rows) {
      const move = movesOf(data).findLast((each) => each.ref === ref)
      if (move) return move.newOid
    }
    const last = rows.at(-1)
    upTo = rows.length === EVENTS_AT_ONCE && last ? last.sequence - 1 : undefined
  }
  return null
}

async function openMoves(kysely: Kysely<Schema>, repoId: RepoId): Promise<Move[]> {
  const rows = await kysely
    .selectFrom('intents')
    .select('event')
    .where('repo_id', '=', repoId)
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')
    .execute()
  return rows.flatMap(({ event }) => (JSON.parse(event) as NewEvent<PushData>).data.refs.toReversed())
}

async function valuesBefore(
  kysely: Kysely<Schema>,
  repoId: RepoId,
  sequence: number,
): Promise<Map<RefName, Oid>> {
  const before = new Map<RefName, Oid>()
  for (let after: number | undefined = sequence; after !== undefined;) {
    const rows = await pushes(kysely, repoId)
      .where('sequence', '>', after)
      .orderBy('sequence')
      .limit(EVENTS_AT_ONCE)
      .execute()
    for (const { ref, oldOid } of rows.flatMap(({ data }) => movesOf(data)))
      if (!before.has(ref)) before.set(ref, oldOid)
    after = rows.length === EVENTS_AT_ONCE ? rows.at(-1)?.sequence : undefined
  }
  return before
}

function pushes(kysely: Kysely<Schema>, repoId: RepoId) {
  return kysely
    .selectFrom('events')
    .select(['sequence', 'data'])
    .where('repo_id', '=', repoId)
    .where('type', '=', 'push')
    .where('denied', '=', 0)
}

function movesOf(data: string): readonly Move[] {
  return (JSON.parse(data) as PushData).refs
}

/** As JSON has it; what LIKE takes for something else matches anything, and the caller looks again. */
function likeText(ref: RefName): string {
  return JSON.stringify(ref).replaceAll('\\', '_')
}
