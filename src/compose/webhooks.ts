/** Webhooks: what their routes are made of, who writes their deliveries, and who sends them. */
import type { Config } from '../config/config.ts'
import { mergeBaseOf } from '../git/history/compare.ts'
import { Outbound } from '../http/outbound/outbound.ts'
import { OutboundGuard } from '../http/outbound/outbound-guard.ts'
import type { FindDeleted } from '../http/repository-routes.ts'
import type { JobKind } from '../kernel/background.ts'
import type { MovedRef, PushData, StoredEvent } from '../kernel/events.ts'
import { branchRef, type Oid, type RepoId } from '../kernel/ids.ts'
import type { OwnedOrganization } from '../kernel/owned-organization.ts'
import type { Repository } from '../kernel/repository.ts'
import { newId } from '../kernel/uuid.ts'
import { deliverLine, type DeliverLineParts } from '../rooms/events/deliveries/deliver-line.ts'
import { bringLinesForward, wakeLines } from '../rooms/events/deliveries/line-job.ts'
import { Outages } from '../rooms/events/deliveries/outages.ts'
import type { WebhookRoutesParts } from '../rooms/events/webhooks/routes.ts'
import { touchesPaths } from '../rooms/events/webhooks/touched-paths.ts'
import { webhookReceiver, type WebhookReceiverParts } from '../rooms/events/webhooks/webhook-receiver.ts'
import { webhookSubscriber } from '../rooms/events/webhooks/webhook-subscriber.ts'
import type { Trx } from '../store/database.ts'
import { Deliveries } from '../store/deliveries/deliveries.ts'
import type { Line } from '../store/deliveries/delivery.ts'
import { pruneDeliveries } from '../store/deliveries/prune-deliveries.ts'
import { findDelivery, listDeliveries } from '../store/deliveries/shown-deliveries.ts'
import { hooksAsking, hookTarget, namedRepository } from '../store/hooks/hook-target.ts'
import type { Hook } from '../store/hooks/hook.ts'
import { Hooks } from '../store/hooks/hooks.ts'
import type { Subscriber } from '../store/log/hand-over.ts'
import type { Seal } from '../store/secrets/seal.ts'
import type { Git } from './git.ts'
import type { Purge } from './purges.ts'
import type { Records } from './records.ts'

export interface WebhooksParts {
  readonly records: Records
  readonly git: Git
  readonly seal: Seal
  readonly findDeleted: FindDeleted
  readonly ownedOrganization: OwnedOrganization
}

export interface Webhooks extends Disposable {
  readonly routes: WebhookRoutesParts
  readonly subscriber: Subscriber
  readonly kind: JobKind<never>
  readonly purge: Purge
}

const WEBHOOK_DELIVERY = 'webhook_delivery'
/** Lines on which something is sent at once: most of that time they wait for somebody else. */
const SLOTS = 64
/** What a receiver does is no failure of the job: only the database is. */
const MAX_ATTEMPTS = 10

/** Dispose when the jobs have ended. */
export function openWebhooks(config: Config, parts: WebhooksParts): Webhooks {
  const { records, seal } = parts
  const { database, events, jobs, sharedClock: clock } = records
  const { kysely } = database
  const deliveries = new Deliveries({ database, clock, newId })
  const hooks = new Hooks({ database, events, seal, clock, newId })
  const outages = new Outages(clock)
  const guard = new OutboundGuard({ allow: config.outboundAllow })
  const outbound = new Outbound(guard)
  const wake = (trx: Trx, lines: readonly Line[]) => wakeLines(trx, jobs, WEBHOOK_DELIVERY, lines)
  const bring = (which: 'in line' | 'all', hookId: string) =>
    database.transaction((trx) =>
      bringLinesForward(trx, { deliveries, jobs }, WEBHOOK_DELIVERY, hookId, which),
    )
  const bringForward = (hookId: string) => bring('in line', hookId)
  const line: DeliverLineParts = { deliveries, outages, bringForward, clock }
  const receiver: WebhookReceiverParts = {
    outbound,
    touches: (hook, event, signal) => touches(parts, hook, event, signal),
    disable: (hook, reason) => hooks.disable(hook, reason),
    clock,
  }
  return {
    routes: {
      ...parts,
      guard,
      hooks,
      database,
      events,
      deliveries,
      wakeLines: wake,
      deliverNow: async (hookId) => {
        outages.forget(hookId)
        await bring('all', hookId)
      },
      forgetOutage: (hookId) => outages.forget(hookId),
      listDeliveries: (filter, page) => listDeliveries(kysely, filter, page),
      findDelivery: (hookId, id) => findDelivery(kysely, hookId, id),
      namedRepository: (id, hook) => namedRepository(kysely, id, hook),
    },
    subscriber: webhookSubscriber({
      hooksAsking: (of) => hooksAsking(kysely, of),
      deliveries,
      wakeLines: wake,
    }),
    kind: deliveryKind(line, async ({ receiver: hookId, repoId }) => {
      const target = await hookTarget(kysely, seal, hookId, clock.now())
      if (!target) return null
      const repository = repoId === null ? null : await namedRepository(kysely, repoId, target.hook)
      return webhookReceiver(receiver, target, repository)
    }),
    purge: ['deliveries', () => pruneDeliveries({ database, clock })],
    [Symbol.dispose]: () => outbound[Symbol.dispose](),
  }
}

function deliveryKind(
  parts: DeliverLineParts,
  receiverOf: (line: Line) => ReturnType<Parameters<typeof deliverLine>[2]>,
): JobKind<never> {
  const kind: JobKind<Line> = {
    type: WEBHOOK_DELIVERY,
    slots: SLOTS,
    maxAttempts: MAX_ATTEMPTS,
    run: (line, signal) => deliverLine(parts, line, () => receiverOf(line), signal),
  }
  return kind as JobKind<never>
}

async function touches(
  { records, git }: Pick<WebhooksParts, 'records' | 'git'>,
  hook: Hook,
  { repoId, data }: StoredEvent<PushData>,
  signal: AbortSignal,
): Promise<boolean> {
  const repo = await records.repositories.byId(repoId as RepoId)
  if (!repo) return true
  const forkPoint = { diffs: git.diffs, forkPoint: forkPointIn(git, repo) }
  return touchesPaths(forkPoint, repo, data.refs, hook.paths, signal)
}

/** What the default branch holds is new to nobody; the default branch itself is new as a whole. */
function forkPointIn(git: Git, repo: Repository) {
  return async (reader: Parameters<typeof mergeBaseOf>[1], made: MovedRef): Promise<Oid | null> => {
    const main = branchRef(repo.defaultBranch)
    if (made.ref === main) return null
    const tip = (await git.snapshots.get(repo)).find(main)
    return tip === null ? null : mergeBaseOf(git.reader, reader, tip.oid, made.newOid)
  }
}
