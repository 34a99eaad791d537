/** The relay of a GRASP host: what it says of itself, and its place at `/` of the server. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Config, GraspConfig } from '../../config/config.ts'
import type { ErrorLog } from '../../http/error-rendering.ts'
import type { Clock } from '../../kernel/ports.ts'
import type { Verifier } from '../../nostr/verify/verifier.ts'
import type { TakeEvent } from '../../rooms/grasp/intake/answer.ts'
import { admissionOf } from '../../rooms/grasp/members.ts'
import type { LiveEvents } from '../../rooms/grasp/relay/live-events.ts'
import { relayDocument } from '../../rooms/grasp/relay/relay-document.ts'
import { attachRelay } from '../../rooms/grasp/relay/relay.ts'
import type { NostrEvents } from '../../store/nostr/nostr-events.ts'

export interface RelayWiring {
  readonly baseUrl: string
  readonly store: NostrEvents
  readonly verifier: Verifier
  readonly take: TakeEvent
  readonly live: LiveEvents
  readonly clock: Clock
  readonly log: ErrorLog
}

/** Takes its place, until the server is closed. */
export function registerRelay(app: FastifyInstance, config: Config, parts: RelayWiring): void {
  const { grasp, trustedProxies } = config
  if (grasp === null) return
  const { baseUrl, verifier, ...rest } = parts
  const relay = attachRelay(app.server, {
    ...rest,
    verify: (event) => verifier.verify(event),
    relayUrl: new URL('/', baseUrl.replace(/^http/, 'ws')),
    admission: admissionOf(grasp.members),
    asksAtOnce: grasp.members !== null,
    limits: grasp.relay,
    trustedProxies,
  })
  app.addHook('preClose', () => relay[Symbol.asyncDispose]())
}

/** What `GET /` answers to clients that ask for it by its type; nothing where GRASP is off. @see NIP-11 */
export function relayRepresentation({ grasp }: Config, version: string) {
  if (grasp === null) return {}
  const document = JSON.stringify(
    relayDocument({
      name: grasp.name,
      description: grasp.description,
      contact: grasp.contact,
      version,
      grasps: graspsOf(grasp),
      acceptance: acceptanceOf(grasp),
      curation: curationOf(grasp),
      authRequired: grasp.members !== null,
    }),
  )
  return {
    'application/nostr+json': (_request: FastifyRequest, reply: FastifyReply) =>
      reply.type('application/nostr+json').send(Buffer.from(document)), // text would be given a charset,
  }
}

/** Parts of the specification that these settings switch on. */
function graspsOf({ sync, archive, pullRequests, members }: GraspConfig): readonly string[] {
  const isOn = {
    'GRASP-01': true,
    'GRASP-02': sync !== null,
    'GRASP-03': sync !== null && sync.outbox && members === null,
    'GRASP-05': archive !== null,
    'GRASP-06': pullRequests && members === null,
    'GRASP-08': members !== null,
  }
  return Object.entries(isOn).flatMap(([part, on]) => (on ? part : []))
}

function acceptanceOf({ owners, members }: GraspConfig): string {
  if (owners !== null) return 'Repositories of owners that the operator has chosen.'
  if (members !== null) return 'Repositories that members of this private service announce.'
  return 'None: every repository whose announcement names this server in its clone and relays tags.'
}

function curationOf({ owners, archive }: GraspConfig): string | null {
  if (archive === 'all') return 'Copies of repositories that do not name this server are kept, too.'
  if (archive !== null) return 'Copies of repositories of chosen owners are kept, too.'
  return owners === null ? null : 'Repositories of chosen owners, and what is said about them.'
}
