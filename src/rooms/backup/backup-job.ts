/** Backups that the server makes by itself, on a schedule or when it is asked to. */
import { join } from 'node:path'
import { SERVER, type JobKind } from '../../kernel/background.ts'
import type { Clock } from '../../kernel/ports.ts'
import type { Database } from '../../store/database.ts'
import type { Jobs } from '../../store/jobs/jobs.ts'
import type { Actor, EventLog } from '../../store/log/events.ts'
import type { BackUpOrder } from './back-up.ts'
import { backupName, keepNewest, newestBackup, removePartial } from './backup-directory.ts'

export interface BackupSchedule {
  /** Absolute path. */
  readonly directory: string
  /** `null`: only when asked. */
  readonly everyMs: number | null
  /** How many are kept, the newest ones. */
  readonly keep: number
}

export interface BackupKindParts {
  readonly schedule: BackupSchedule
  readonly backUp: (order: BackUpOrder) => Promise<{ readonly damaged: readonly object[] }>
  readonly clock: Clock
  readonly onDamaged: (damaged: readonly object[]) => void
}

interface Payload {
  /** Somebody wants one now, whenever the last one was made. */
  readonly asked?: boolean
}

const TYPE = 'backup'
const MAX_ATTEMPTS = 5
/** One that is late is worth more than none. */
const LONGEST_WAIT_MS = 3600_000

/** Old backups go when the new one is whole, and not before. */
export function backupKind(parts: BackupKindParts): JobKind<Payload> {
  const { everyMs, directory } = parts.schedule
  const recurs = { recurs: true, maxAttempts: Infinity, longestWaitMs: LONGEST_WAIT_MS } as const
  return {
    type: TYPE,
    slots: 1,
    maxAttempts: MAX_ATTEMPTS,
    ...(everyMs === null ? {} : recurs),
    async run({ asked = false }, signal) {
      const startedAt = parts.clock.now()
      const newest = everyMs === null || asked ? null : await newestBackup(directory)
      if (everyMs !== null && newest !== null && newest + everyMs > startedAt)
        return { again: newest + everyMs }
      await makeOne(parts, startedAt, signal)
      if (everyMs !== null) return { again: startedAt + everyMs }
    },
  }
}

async function makeOne(
  { schedule: { directory, keep }, backUp, onDamaged }: BackupKindParts,
  startedAt: number,
  signal: AbortSignal,
): Promise<void> {
  await removePartial(directory) // only one job of all servers is at it
  const { damaged } = await backUp({
    destination: join(directory, backupName(startedAt)),
    mode: 'link',
    signal,
  })
  if (damaged.length > 0) onDamaged(damaged)
  await keepNewest(directory, keep)
}

/** @returns id of the job; one that was waiting for its time is taken */
export function requestBackup(
  { database, jobs, events }: { database: Database; jobs: Jobs; events: EventLog },
  by: Actor,
): Promise<string> {
  return database.transaction(async (trx) => {
    const id = await jobs.enqueue(trx, { type: TYPE, key: SERVER, repoId: null, payload: { asked: true } })
    const about = { repoId: null, orgId: null, projectId: null, targetId: id }
    await events.append(trx, [{ type: 'admin.backup_requested', ...about, ...by, data: {} }])
    return id
  })
}
