/** A file of rules in the gitleaks format, before its expressions are read. @see the gitleaks README */
import { z } from 'zod'

const strings = z.array(z.string())

const allowlist = z.strictObject({
  description: z.string().optional(),
  condition: z.enum(['OR', 'or', '||', 'AND', 'and', '&&']).optional(),
  commits: strings.optional(),
  paths: strings.optional(),
  regexes: strings.optional(),
  regexTarget: z.enum(['secret', 'match', 'line']).optional(),
  stopwords: strings.optional(),
  targetRules: strings.optional(),
})

const rule = z.strictObject({
  id: z.string().min(1),
  description: z.string().optional(),
  regex: z.string().optional(),
  secretGroup: z.int().nonnegative().optional(),
  entropy: z.number().nonnegative().optional(),
  keywords: strings.optional(),
  path: z.string().optional(),
  tags: strings.optional(),
  allowlist: allowlist.optional(),
  allowlists: z.array(allowlist).optional(),
})

export const rulesFile = z.strictObject({
  title: z.string().optional(),
  description: z.string().optional(),
  minVersion: z.string().optional(),
  extend: z
    .strictObject({
      useDefault: z.boolean().optional(),
      path: z.string().optional(),
      disabledRules: strings.optional(),
    })
    .optional(),
  rules: z.array(rule).optional(),
  allowlist: allowlist.optional(),
  allowlists: z.array(allowlist).optional(),
})

export type RulesFile = z.output<typeof rulesFile>
export type RawRule = z.output<typeof rule>
export type RawAllowlist = z.output<typeof allowlist>
