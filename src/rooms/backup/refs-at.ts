/** What the refs of a repository were at a position of the log, worked out from what they are a little later. */
import { isReserved } from '../../kernel/commands.ts'
import { isZero, type Oid, type RefName, type RepoId } from '../../kernel/ids.ts'
import type { LaterMoves } from '../../store/backup/later-moves.ts'

export interface RefHistory {
  /** What has moved since the position, or may be about to. */
  later(repoId: RepoId): Promise<LaterMoves>
  /** What the log says of a ref at the position; `null`: nothing. */
  logged(repoId: RepoId, ref: RefName): Promise<Oid | null>
}

/**
 * A ref that has moved since is put back to where its first move began. One whose move has no event yet is
 * put back to what the log says. What the server keeps for itself is in no event, and stays as it is.
 *
 * @param now refs as they were read, after the position and before this call
 */
export async function refsAt(
  history: RefHistory,
  repoId: RepoId,
  now: ReadonlyMap<RefName, Oid>,
): Promise<Map<RefName, Oid>> {
  const { before, open } = await history.later(repoId)
  const refs = new Map(now)
  for (const ref of new Set(open.map((move) => move.ref))) {
    const isUntold = open.some((move) => move.ref === ref && move.newOid === valueOf(now, ref, move.newOid))
    if (isReserved(ref) || before.has(ref) || !isUntold) continue
    put(refs, ref, (await history.logged(repoId, ref)) ?? unwound(open, ref, now.get(ref)))
  }
  for (const [ref, oid] of before) if (!isReserved(ref)) put(refs, ref, oid)
  return refs
}

/** A ref that is not there has the zero id, of the length that its move has. */
function valueOf(now: ReadonlyMap<RefName, Oid>, ref: RefName, like: Oid): Oid {
  return now.get(ref) ?? ('0'.repeat(like.length) as Oid)
}

/** Of a ref that the log has never told of: back over the moves that led to its value. */
function unwound(open: LaterMoves['open'], ref: RefName, value: Oid | undefined): Oid | null {
  let oid = value ?? null
  for (const move of open)
    if (move.ref === ref && (oid === null ? isZero(move.newOid) : move.newOid === oid)) oid = move.oldOid
  return oid
}

function put(refs: Map<RefName, Oid>, ref: RefName, oid: Oid | null): void {
  if (oid === null || isZero(oid)) refs.delete(ref)
  else refs.set(ref, oid)
}
