/** Backups that the server makes by itself, on a schedule or when it is asked to. */
import { join } from 'node:path'
import type { JobKind } from '../../kernel/background.ts'
import type { Clock } from '../../kernel/ports.ts'
import type { NewJob } from '../../store/jobs/jobs.ts'
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

const MAX_ATTEMPTS = 5

/** One for all servers that share the database. */
export const BACKUP_JOB = {
  type: 'backup',
  key: 'server',
  repoId: null,
  payload: {},
} as const satisfies NewJob

/** Old backups go when the new one is whole, and not before. */
export function backupKind({ schedule, backUp, clock, onDamaged }: BackupKindParts): JobKind<object> {
  const { directory, everyMs, keep } = schedule
  return {
    type: BACKUP_JOB.type,
    slots: 1,
    maxAttempts: MAX_ATTEMPTS,
    async run(_payload, signal) {
      const startedAt = clock.now()
      await removePartial(directory)
      const destination = join(directory, backupName(startedAt))
      const { damaged } = await backUp({ destination, mode: 'link', signal })
      if (damaged.length > 0) onDamaged(damaged)
      await keepNewest(directory, keep)
      if (everyMs !== null) return { again: startedAt + everyMs }
    },
  }
}

/** When the next one is due, in milliseconds since 1970; `null`: only when asked. */
export async function nextBackupAt(schedule: BackupSchedule, clock: Clock): Promise<number | null> {
  if (schedule.everyMs === null) return null
  const newest = await newestBackup(schedule.directory)
  return newest === null ? clock.now() : newest + schedule.everyMs
}
