/** Webhooks and deliveries of the API, as far as they are shown. */
import type { Delivery, Webhook } from '../../client/operations.ts'
import type { Column } from '../table.ts'

const anyOf = (list: readonly string[]) => (list.length === 0 ? 'all' : list.join(' '))

const ID: Column<Webhook> = { title: 'id', value: ({ id }) => id }
const ACTIVE: Column<Webhook> = { title: 'active', value: ({ active }) => (active ? 'yes' : 'no') }
const URL: Column<Webhook> = { title: 'url', value: ({ url }) => url, flexible: true }
const EVENTS: Column<Webhook> = { title: 'events', value: ({ eventTypes }) => anyOf(eventTypes) }

export const HOOKS = [ID, ACTIVE, EVENTS, URL]

export const HOOK: readonly Column<Webhook>[] = [
  ID,
  ACTIVE,
  URL,
  EVENTS,
  { title: 'branches', value: ({ branches }) => anyOf(branches) },
  { title: 'paths', value: ({ paths }) => anyOf(paths) },
  { title: 'switched off', value: ({ inactiveReason }) => inactiveReason },
  { title: 'old secret until', value: ({ oldSecretValidUntil }) => oldSecretValidUntil },
  { title: 'created', value: ({ createdAt }) => createdAt },
]

export const DELIVERIES: readonly Column<Delivery>[] = [
  { title: 'id', value: ({ id }) => id },
  { title: 'event', value: ({ eventType }) => eventType },
  { title: 'status', value: ({ status }) => status },
  { title: 'attempts', value: ({ attempts }) => String(attempts) },
  { title: 'answer', value: ({ responseStatus }) => (responseStatus === null ? '' : String(responseStatus)) },
  { title: 'error', value: ({ error }) => error, flexible: true },
  { title: 'created', value: ({ createdAt }) => createdAt },
]
