/** An approval as the REST API takes and shows it. The secret is in none of them. */
import { z } from 'zod'
import { Line } from '../../http/fields.ts'
import { RepositoryParams } from '../../http/repository-routes.ts'
import { AppError } from '../../kernel/errors.ts'
import { stateAt, type Approval, type Decision } from '../../store/scans/approval.ts'

const DAY_MS = 86_400_000
const DEFAULT_MS = 90 * DAY_MS
const MAX_MS = 366 * DAY_MS
const MAX_REASON_CHARS = 1_000
const EXAMPLE_FINGERPRINT = '9f86d081884c7d659a2feaa0c55ad015'

export const ApprovalParams = RepositoryParams.extend({ id: z.uuid().toLowerCase() })

const FingerprintText = z
  .string()
  .toLowerCase()
  .regex(/^[0-9a-f]{32}$/, 'is no fingerprint: 32 hexadecimal digits')

const Time = z.iso.datetime()

const Decided = z.strictObject({
  state: z.enum(['approved', 'denied']).default('approved'),
  reason: Line.min(1).max(MAX_REASON_CHARS),
  expiresAt: Time.optional().meta({ description: 'at most a year from now; 90 days if absent' }),
})

export const DecisionBody = Decided.meta({
  example: { state: 'approved', reason: 'a made-up key of the tests' },
})

export const GrantBody = Decided.extend({
  fingerprint: FingerprintText.meta({ description: 'as the pusher was told' }),
}).meta({ example: { fingerprint: EXAMPLE_FINGERPRINT, reason: 'a made-up key of the tests' } })

export const ApprovalJson = z
  .object({
    id: z.string(),
    fingerprint: z.string(),
    state: z.enum(['requested', 'approved', 'denied', 'expired']),
    rule: z.string().nullable().meta({ description: '`null`, as the next four: it was never pushed' }),
    path: z.string().nullable(),
    line: z.int().nullable(),
    commit: z.string().nullable(),
    redacted: z.string().nullable(),
    inlineAllow: z.boolean().meta({ description: 'a comment on its line asks for it' }),
    reason: z.string().nullable(),
    expiresAt: Time.nullable(),
    requestedBy: z.string().nullable(),
    requestedAt: Time,
    decidedBy: z.string().nullable(),
    decidedAt: Time.nullable(),
  })
  .meta({
    id: 'Approval',
    example: {
      id: '0199c0de-0000-7000-8000-00000000000b',
      fingerprint: EXAMPLE_FINGERPRINT,
      state: 'requested',
      rule: 'aws-access-key',
      path: 'test/keys.ts',
      line: 12,
      commit: '1f7a7a472abf3dd9643fd615f6da379c4acb3e3a',
      redacted: 'AKIAA… (20 characters)',
      inlineAllow: true,
      reason: null,
      expiresAt: null,
      requestedBy: '0199c0de-0000-7000-8000-00000000000a',
      requestedAt: '2026-01-01T00:00:00.000Z',
      decidedBy: null,
      decidedAt: null,
    },
  })

/** @param now milliseconds since 1970 */
export function approvalJson(approval: Approval, now: number): z.output<typeof ApprovalJson> {
  const { repoId: _, expiresAt, requestedAt, decidedAt, ...shown } = approval
  return {
    ...shown,
    state: stateAt(approval, now),
    expiresAt: time(expiresAt),
    requestedAt: new Date(requestedAt).toISOString(),
    decidedAt: time(decidedAt),
  }
}

/** @throws AppError `UNPROCESSABLE`: it would end in the past, or in more than a year */
export function decisionFrom({ state, reason, expiresAt }: z.output<typeof Decided>, now: number): Decision {
  const end = expiresAt === undefined ? now + DEFAULT_MS : Date.parse(expiresAt)
  if (end <= now || end > now + MAX_MS) {
    const details = { reason: 'expiresAt is not within the next year', expiresAt }
    throw new AppError('UNPROCESSABLE', { details })
  }
  return { state, reason, expiresAt: end }
}

export function noSuchApproval(): AppError {
  return new AppError('NOT_FOUND', { details: { reason: 'no such approval' } })
}

function time(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString()
}
