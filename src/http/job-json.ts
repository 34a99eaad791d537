/** A job of the queue as administrators see it. */
import { z } from 'zod'

export const JobStatus = z.enum(['queued', 'running', 'failed', 'done'])

const Time = z.iso.datetime()

export const JobJson = z
  .object({
    id: z.uuid(),
    jobType: z.string(),
    key: z.string().meta({ description: 'what it is about: one of a type and key runs at a time' }),
    priority: z.number().meta({ description: 'higher starts first, among those of its type' }),
    repoId: z.string().nullable(),
    status: JobStatus,
    attempts: z.number(),
    payload: z.unknown(),
    lastError: z.string().nullable(),
    runAt: Time,
    leaseUntil: Time.nullable().meta({
      description: 'of one that runs: when another server may take it over, unless its own is heard of',
    }),
    createdAt: Time,
    updatedAt: Time,
  })
  .meta({
    id: 'Job',
    example: {
      id: '0199c0de-0000-7000-8000-0000000000b1',
      jobType: 'repo_maintenance',
      key: '0199c0de-0000-7000-8000-000000000001',
      priority: 0,
      repoId: '0199c0de-0000-7000-8000-000000000001',
      status: 'failed',
      attempts: 5,
      payload: {},
      lastError: 'git failed',
      runAt: '2026-01-01T00:00:00.000Z',
      leaseUntil: null,
      createdAt: '2026-01-01T00:00:00.000Z',
      updatedAt: '2026-01-01T00:10:00.000Z',
    },
  })

/** What is shown of it; times in milliseconds since 1970. */
export interface ShownJob {
  readonly id: string
  readonly type: string
  readonly key: string
  readonly priority: number
  readonly repoId: string | null
  readonly status: z.output<typeof JobStatus>
  readonly attempts: number
  readonly payload: unknown
  readonly lastError: string | null
  readonly runAt: number
  readonly leaseUntil: number | null
  readonly createdAt: number
  readonly updatedAt: number
}

export function jobJson({ type, ...job }: ShownJob): z.output<typeof JobJson> {
  return {
    id: job.id,
    jobType: type,
    key: job.key,
    priority: job.priority,
    repoId: job.repoId,
    status: job.status,
    attempts: job.attempts,
    payload: job.payload,
    lastError: job.lastError,
    runAt: new Date(job.runAt).toISOString(),
    leaseUntil: job.leaseUntil === null ? null : new Date(job.leaseUntil).toISOString(),
    createdAt: new Date(job.createdAt).toISOString(),
    updatedAt: new Date(job.updatedAt).toISOString(),
  }
}
