/** Fills the log of a server's database with pushes that nobody has made, as another process would. */
import { newId } from '../../src/kernel/uuid.ts'
import type { NewEvent, PushData } from '../../src/kernel/events.ts'
import type { Oid, RefName, RepoId } from '../../src/kernel/ids.ts'
import { openDatabase, type DatabaseAddress } from '../../src/store/database.ts'
import { EventLog } from '../../src/store/log/events.ts'

export interface WrittenRepository {
  readonly id: string
  readonly orgId: string
}

const EVENTS_AT_ONCE = 500

/** One commit each, the repositories in turn. @returns position of the log behind the last one */
export async function writePushes(
  address: DatabaseAddress,
  repositories: readonly WrittenRepository[],
  count: number,
): Promise<number> {
  await using database = await openDatabase(address)
  const log = new EventLog({ database, clock: Date, newId })
  for (let at = 0; at < count; at += EVENTS_AT_ONCE) {
    const events = Array.from({ length: Math.min(EVENTS_AT_ONCE, count - at) }, (_, n) =>
      pushEvent(repositories[(at + n) % repositories.length]!, at + n),
    )
    await database.transaction((trx) => log.append(trx, events))
  }
  return await log.lastSequence()
}

function pushEvent({ id, orgId }: WrittenRepository, n: number): NewEvent<PushData> {
  const [oldOid, newOid] = [oidOf(n), oidOf(n + 1)]
  const author = { name: 'Bench', email: 'bench@example.invalid' }
  const commits = [{ sha: newOid, message: `Commit ${n} of the bench`, author }]
  const moved = {
    ref: 'refs/heads/main' as RefName,
    oldOid,
    newOid,
    kind: 'update',
    commits,
    total: 1,
  } as const
  return {
    type: 'push',
    repoId: id as RepoId,
    orgId,
    projectId: null,
    actorId: null,
    agentId: null,
    data: { pushId: newId(), via: 'git', refs: [moved], pushOptions: [] },
  }
}

function oidOf(n: number): Oid {
  return n.toString(16).padStart(40, 'a') as Oid
}
