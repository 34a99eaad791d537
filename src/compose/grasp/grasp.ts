/** Git repositories that nostr events announce and authorise; nothing of it exists where it is off. @see GRASP-01 */
import type { FastifyInstance } from 'fastify'
import type { Config } from '../../config/config.ts'
import type { ErrorLog } from '../../http/error-rendering.ts'
import type { RepositoryAccess } from '../../http/route-config.ts'
import type { JobKind } from '../../kernel/background.ts'
import type { Door } from '../../kernel/door.ts'
import type { RepoId } from '../../kernel/ids.ts'
import type { Clock } from '../../kernel/ports.ts'
import type { RefUpdate } from '../../kernel/ref-update.ts'
import type { Repository } from '../../kernel/repository.ts'
import type { Verifier } from '../../nostr/verify/verifier.ts'
import { LiveEvents } from '../../rooms/grasp/relay/live-events.ts'
import { serviceAt } from '../../rooms/grasp/service.ts'
import { Turns } from '../../rooms/grasp/turns.ts'
import type { Git } from '../git.ts'
import { openContributed } from './contributed.ts'
import { openHunts } from './hunt.ts'
import { wireIntake } from './intake.ts'
import { registerPages } from './pages.ts'
import { registerRelay } from './relay.ts'
import { openSettling } from './settle.ts'
import type { SignedParts } from './signed.ts'
import { openEventSync } from './sync.ts'
import { Opened } from '../opened.ts'
import type { Purge } from '../purges.ts'
import type { Records } from '../records.ts'

export interface GraspParts {
  readonly signed: SignedParts
  readonly records: Records
  readonly git: Git
  readonly door: Door
  readonly verifier: Verifier
  readonly pathOf: (id: RepoId) => string
  /** Of this server, as others reach it. */
  readonly baseUrl: string
  readonly clock: Clock
  readonly log: ErrorLog
}

export interface Grasp extends AsyncDisposable {
  /** The relay, its pages, and what goes on every answer. */
  readonly register: (app: FastifyInstance) => void
  readonly whenMissing: NonNullable<RepositoryAccess['whenMissing']>
  readonly onMoved: (repo: Repository, moved: readonly RefUpdate[]) => Promise<void>
  readonly kinds: readonly JobKind<never>[]
  readonly purges: readonly Purge[]
}

/** Begins with what an earlier run has left. Dispose before the door's ports. */
export async function openGrasp(config: Config, parts: GraspParts): Promise<Grasp> {
  const { grasp } = config
  if (grasp === null) return NONE
  const { signed, verifier, baseUrl, clock, log } = parts
  const { stores } = signed
  const live = new LiveEvents()
  const turns = new Turns()
  const opened = new Opened()
  const contributed = await openContributed(grasp, { ...parts, stores, turns })
  const { tidy } = contributed
  const settling = opened.use(openSettling(grasp, { ...parts, stores, live, turns, tidy }))
  const { settle } = settling
  const service = serviceAt(baseUrl)
  const hunts = await openHunts(config, opened, { ...parts, stores, service, settle })
  const { hunt } = hunts
  const intake = wireIntake(grasp, { ...parts, stores, live, turns, service, settle, hunt })
  const sync = opened.use(
    openEventSync(config, { ...parts, events: stores.events, service, live, take: intake.take }),
  )
  await sync.start()
  const { take } = sync
  const relay = { baseUrl, store: stores.events, verifier, take, live, clock, log }
  return {
    ...NONE,
    register: (app) => {
      registerRelay(app, config, relay)
      registerPages(app, grasp, { ...parts, stores })
    },
    whenMissing: contributed.whenMissing,
    onMoved: settling.onMoved,
    kinds: hunts.kinds,
    purges: [intake.purge],
    [Symbol.asyncDispose]: () => opened.close(),
  }
}

/** Where GRASP is off. */
const NONE: Grasp = {
  register: () => {},
  whenMissing: () => Promise.resolve(null),
  onMoved: () => Promise.resolve(),
  kinds: [],
  purges: [],
  [Symbol.asyncDispose]: () => Promise.resolve(),
}
