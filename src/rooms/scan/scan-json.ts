/** Settings of the secret scan as the REST API takes and shows them. */
import { z } from 'zod'
import { Line } from '../../http/fields.ts'
import { DEFAULT_RULES, type AllowEntry, type ScanSettings } from '../../store/scans/scan-settings.ts'

const MAX_ENTRIES = 200
const MAX_GLOB_CHARS = 512
const MAX_REASON_CHARS = 1_000
/** A connection that is silent for longer is cut by many a proxy. */
const MAX_WAIT_MS = 5 * 60_000

const Entry = z
  .strictObject({
    path: Line.min(1).max(MAX_GLOB_CHARS).optional().meta({ description: 'glob of paths' }),
    rule: Line.min(1).max(128).optional().meta({ description: 'id of a rule' }),
    reason: Line.min(1).max(MAX_REASON_CHARS),
  })
  .refine(({ path, rule }) => path !== undefined || rule !== undefined, {
    error: 'names neither a path nor a rule',
  })
  .meta({ description: 'findings that are none; if it names a path and a rule, both must fit' })

const EXAMPLE = {
  enabled: true,
  rules: DEFAULT_RULES,
  allow: [{ path: 'test/fixtures/**', reason: 'made-up keys of the tests' }],
  approvalWaitMs: 0,
}

export const ScanBody = z
  .strictObject({
    enabled: z.boolean(),
    rules: Line.min(1)
      .max(64)
      .default(DEFAULT_RULES)
      .meta({ description: 'name of a rule set of this server' }),
    allow: z.array(Entry).max(MAX_ENTRIES).default([]),
    approvalWaitMs: z
      .int()
      .min(0)
      .max(MAX_WAIT_MS)
      .default(0)
      .meta({ description: 'how long a push with findings waits until they are approved' }),
  })
  .meta({ example: EXAMPLE })

export const ScanJson = z
  .object({
    enabled: z.boolean(),
    rules: z.string(),
    allow: z.array(
      z.object({ path: z.string().optional(), rule: z.string().optional(), reason: z.string() }),
    ),
    approvalWaitMs: z.int(),
  })
  .meta({ id: 'Scan', example: EXAMPLE })

export function scanJson({ enabled, rules, allow, approvalWaitMs }: ScanSettings): z.output<typeof ScanJson> {
  return { enabled, rules, allow: allow.map((entry) => ({ ...entry })), approvalWaitMs }
}

export function settingsFrom({ allow, ...rest }: z.output<typeof ScanBody>): ScanSettings {
  return { ...rest, allow: allow.map(toEntry) }
}

function toEntry({ path, rule, reason }: z.output<typeof Entry>): AllowEntry {
  return { ...(path !== undefined && { path }), ...(rule !== undefined && { rule }), reason }
}
