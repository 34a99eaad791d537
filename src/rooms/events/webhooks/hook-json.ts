/** A webhook as the REST API takes and shows it. */
import { z } from 'zod'
import { isOfTypes } from '../../../kernel/event-type.ts'
import { EVENT_TYPES, type EventTypeEntry } from '../../../kernel/event-types.ts'
import { isRefName } from '../../../kernel/ids.ts'
import type { Hook } from '../../../store/hooks/hook.ts'
import { mayBeAskedFor } from './hook-filter.ts'

const EXAMPLE_URL = 'https://ci.example.com/sluice'
const MAX_URL_CHARS = 2_048
const MAX_EVENT_TYPES = 50
const MAX_PATTERNS = 50
const MAX_PATTERN_CHARS = 255
const TYPES = Object.entries<EventTypeEntry>(EVENT_TYPES)
  .filter(([type, { denied }]) => denied !== true && mayBeAskedFor(type))
  .map(([type]) => type)

const Url = z
  .string()
  .max(MAX_URL_CHARS)
  .refine(isHttpUrl, { error: 'is no http or https URL without a user and a password' })
  .meta({ description: 'redirects are not followed; private addresses are refused', example: EXAMPLE_URL })

const EventTypes = z
  .array(z.string().refine(namesSome, { error: 'names nothing that webhooks are told; see docs/events.md' }))
  .max(MAX_EVENT_TYPES)
  .meta({ description: 'whole types or families such as `pr.*`; none: all' })

const Branches = z
  .array(z.string().max(MAX_PATTERN_CHARS).refine(isRefPattern, { error: 'can match no branch and no ref' }))
  .max(MAX_PATTERNS)
  .meta({
    description:
      'short branch names or full ref names, `*` for any run of characters; of a push only these refs are told. None: all',
  })

const Paths = z
  .array(z.string().min(1).max(MAX_PATTERN_CHARS))
  .max(MAX_PATTERNS)
  .meta({ description: 'globs: a push is told only if it changes such a file. None: all' })

const EXAMPLE_BODY = { url: EXAMPLE_URL, eventTypes: ['push', 'pr.*'], branches: ['main'] }

/** Strict: a filter that we do not know would let through what it should not. */
export const NewHook = z
  .strictObject({
    url: Url,
    eventTypes: EventTypes.default([]),
    branches: Branches.default([]),
    paths: Paths.default([]),
    active: z.boolean().default(true),
  })
  .meta({ example: EXAMPLE_BODY })

export const HookChange = z
  .strictObject({
    url: Url.optional(),
    eventTypes: EventTypes.optional(),
    branches: Branches.optional(),
    paths: Paths.optional(),
    active: z.boolean().optional().meta({ description: 'while it is false, nothing is told, also later' }),
  })
  .meta({ example: { eventTypes: ['push'] } })

const Time = z.iso.datetime()
const EXAMPLE = {
  id: '0199c0de-0000-7000-8000-0000000000c1',
  url: EXAMPLE_URL,
  eventTypes: ['push', 'pr.*'],
  branches: ['main'],
  paths: [],
  active: true,
  inactiveReason: null,
  oldSecretValidUntil: null,
  createdBy: '0199c0de-0000-7000-8000-00000000000a',
  createdAt: '2026-01-01T00:00:00.000Z',
  updatedAt: '2026-01-01T00:00:00.000Z',
}

const FIELDS = {
  id: z.uuid(),
  url: z.string(),
  eventTypes: z.array(z.string()),
  branches: z.array(z.string()),
  paths: z.array(z.string()),
  active: z.boolean(),
  inactiveReason: z.string().nullable().meta({ description: 'why the server has switched it off' }),
  oldSecretValidUntil: Time.nullable().meta({ description: 'until then the secret before signs, too' }),
  createdBy: z.string().nullable(),
  createdAt: Time,
  updatedAt: Time,
}

export const HookJson = z.object(FIELDS).meta({ id: 'Webhook', example: EXAMPLE })

/** The only answers that hold a secret. */
export const FreshHookJson = z.object({ ...FIELDS, secret: z.string() }).meta({
  id: 'WebhookWithSecret',
  example: { ...EXAMPLE, secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw' },
})

export function hookJson(hook: Hook): z.output<typeof HookJson> {
  const { id, url, active, inactiveReason, oldSecretUntil, createdBy, createdAt, updatedAt } = hook
  return {
    id,
    url,
    eventTypes: [...hook.eventTypes],
    branches: [...hook.branches],
    paths: [...hook.paths],
    active,
    inactiveReason,
    oldSecretValidUntil: oldSecretUntil === null ? null : new Date(oldSecretUntil).toISOString(),
    createdBy,
    createdAt: new Date(createdAt).toISOString(),
    updatedAt: new Date(updatedAt).toISOString(),
  }
}

/** A misspelt one would wait for ever. */
function namesSome(wanted: string): boolean {
  return TYPES.some((type) => isOfTypes(type, [wanted]))
}

function isHttpUrl(text: string): boolean {
  if (!URL.canParse(text)) return false
  const { protocol, username, password } = new URL(text)
  return /^https?:$/.test(protocol) && username === '' && password === ''
}

function isRefPattern(pattern: string): boolean {
  const ref = pattern.replaceAll('*', 'x')
  return isRefName(pattern.startsWith('refs/') ? ref : `refs/heads/${ref}`)
}
