/**
 * What a token's `authorization_details` grant. Read strictly: a member that we do not know could be
 * a limit, and ignoring a limit would widen the token.
 *
 * @see RFC 9396, sections 2 and 5
 */
import { z } from 'zod'
import type { GrantTarget, RepositoryGrant } from '../grants.ts'
import { isUuid } from '../ids.ts'

const TYPE = 'git_repository'
const MAX_ENTRIES = 100

const refPattern = z.string().min(1).max(1024).startsWith('refs/')
const identifier = z.string().regex(/^(?:[\w.-]+\/[\w.-]+|[0-9a-fA-F-]{36})$/)

const GitRepository = z.strictObject({
  type: z.literal(TYPE),
  identifier: identifier.refine((text) => text.includes('/') || isUuid(text)),
  actions: z.array(z.enum(['read', 'write', 'admin', 'create'])).min(1),
  refs: z.array(refPattern).max(MAX_ENTRIES).optional(),
  refRules: z
    .array(z.strictObject({ ref: refPattern, deny: z.array(z.enum(['push', 'force', 'delete'])) }))
    .max(MAX_ENTRIES)
    .optional(),
  paths: z.array(z.string().min(1).max(4096)).max(MAX_ENTRIES).optional(),
  maxPackBytes: z.int().nonnegative().optional(),
  /** Seconds that a repository made with this grant lives. */
  expiresRepo: z.int().positive().optional(),
})

/** Entries of another type are for another server: they grant nothing here, and are no fault. */
const Details = z.array(z.looseObject({ type: z.string() })).max(MAX_ENTRIES)

/** @returns `null` when the claim is malformed */
export function grantsOfDetails(claim: unknown): RepositoryGrant[] | null {
  const details = Details.safeParse(claim)
  if (!details.success) return null
  const entries = z.array(GitRepository).safeParse(details.data.filter((entry) => entry.type === TYPE))
  return entries.success ? entries.data.map(grantOf) : null
}

function grantOf(entry: z.infer<typeof GitRepository>): RepositoryGrant {
  const { identifier, actions, refs, refRules, paths, maxPackBytes, expiresRepo } = entry
  return {
    target: targetOf(identifier),
    actions,
    ...(refs && { refs }),
    ...(refRules && { refRules }),
    ...(paths && { paths }),
    ...(maxPackBytes !== undefined && { maxPackBytes }),
    ...(expiresRepo !== undefined && { expiresRepoSeconds: expiresRepo }),
  }
}

function targetOf(identifier: string): GrantTarget {
  const name = identifier.toLowerCase()
  return name.includes('/') ? { kind: 'path', path: name } : { kind: 'id', id: name }
}
