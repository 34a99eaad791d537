/** Where those who were refused are written down: who tells of them, and how the audit reads them. */
import type { FastifyInstance } from 'fastify'
import { deniedAccess, deniedPush, noteFailedLogins } from '../http/denials.ts'
import type { ErrorLog } from '../http/error-rendering.ts'
import type { PermissionParts } from '../http/permission.ts'
import type { Door } from '../kernel/door.ts'
import type { Clock } from '../kernel/ports.ts'
import { Denials } from '../store/log/denials.ts'
import type { EventLog } from '../store/log/events.ts'
import type { Records } from './records.ts'

export interface OpenDenials extends AsyncDisposable {
  /** Of the door. */
  readonly onDenied: Door['onDenied']
  readonly onForbidden: PermissionParts['onForbidden']
  /** Call it before routes are registered. */
  readonly noteLogins: (app: FastifyInstance) => void
  /** The log as audits read it: with all that this process has refused until now. */
  readonly audit: Pick<EventLog, 'list' | 'byId'>
}

/** Dispose after the server has closed, and before the database. */
export function openDenials(
  { database, events }: Pick<Records, 'database' | 'events'>,
  { clock, log }: { clock: Clock; log: ErrorLog },
): OpenDenials {
  const onFailed = (err: unknown) => log.error({ err }, 'denials could not be written')
  const denials = new Denials({ database, log: events, clock, onFailed })
  return {
    onDenied: (push, refusals) => {
      const denial = deniedPush(push, refusals)
      if (denial) denials.note(denial)
    },
    onForbidden: (request, found, lacks) => {
      const denial = deniedAccess(request, found, lacks)
      if (denial) denials.note(denial)
    },
    noteLogins: (app) => noteFailedLogins(app, (denial) => denials.note(denial)),
    audit: {
      list: async (filter, page) => {
        if (filter.denied !== false) await denials.flush()
        return await events.list(filter, page)
      },
      byId: (id) => events.byId(id),
    },
    [Symbol.asyncDispose]: () => denials[Symbol.asyncDispose](),
  }
}
