/** `GET /admin/keys`, `POST /admin/keys/rotate`: the keys that sign this server's own tokens. */
import { z } from 'zod'
import { actorOf, type Actor } from '../../http/actor.ts'
import { failures, type ZodApp } from '../../http/zod-app.ts'

/** Times are milliseconds since 1970. */
interface Key {
  readonly kid: string
  readonly algorithm: string
  readonly createdAt: number
  readonly retiredAt: number | null
  readonly verifyUntil: number | null
}

export interface AdminKeysParts {
  readonly keys: {
    /** Newest first. */
    list(): Promise<readonly Key[]>
    rotate(by: Actor): Promise<Key>
  }
}

const Time = z.iso.datetime()

const KeyJson = z
  .object({
    kid: z.string(),
    algorithm: z.string(),
    createdAt: Time,
    retiredAt: Time.nullable().meta({ description: 'null: it signs' }),
    verifiesUntil: Time.nullable().meta({ description: 'null: no end is set' }),
  })
  .meta({
    id: 'Key',
    example: {
      kid: 'cn-I_WNMClehiVp51i_0VpOENW1upEerA8sEam5hn-s',
      algorithm: 'ES256',
      createdAt: '2026-01-01T00:00:00.000Z',
      retiredAt: null,
      verifiesUntil: null,
    },
  })

export function adminKeyRoutes(app: ZodApp, { keys }: AdminKeysParts): void {
  app.get(
    '/admin/keys',
    {
      config: { access: { kind: 'server-admin' } },
      schema: {
        summary: 'List the keys that verify tokens of this server, newest first; the first one signs',
        tags: ['admin'],
        response: { 200: z.array(KeyJson), ...failures(401, 403, 429) },
      },
    },
    async () => (await keys.list()).map(keyJson),
  )
  app.post(
    '/admin/keys/rotate',
    {
      config: { access: { kind: 'server-admin' } },
      schema: {
        summary: 'Sign with a new key from now on; tokens signed before stay valid until they end',
        tags: ['admin'],
        response: { 201: KeyJson, ...failures(401, 403, 429, 503) },
      },
    },
    async (request, reply) => reply.code(201).send(keyJson(await keys.rotate(actorOf(request)))),
  )
}

export function keyJson({
  kid,
  algorithm,
  createdAt,
  retiredAt,
  verifyUntil,
}: Key): z.output<typeof KeyJson> {
  return {
    kid,
    algorithm,
    createdAt: new Date(createdAt).toISOString(),
    retiredAt: timeOf(retiredAt),
    verifiesUntil: timeOf(verifyUntil),
  }
}

function timeOf(timeMs: number | null): string | null {
  return timeMs === null ? null : new Date(timeMs).toISOString()
}
