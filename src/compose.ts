/**
 * The composition: the only file that knows every room. It lists, in order, what a push must pass,
 * which routes there are and what happens after a change. How parts are built stands in compose/.
 */
import { openAccounts } from './compose/accounts.ts'
import { openBackground } from './compose/background.ts'
import { ownBackups } from './compose/backup.ts'
import { openBundles } from './compose/bundles.ts'
import { openDenials } from './compose/denials.ts'
import { openDoor } from './compose/door.ts'
import { openAuraNetwork, openFeed } from './compose/feed.ts'
import { gateRoutesParts } from './compose/gate-routes.ts'
import { openGateKeys } from './compose/gate-keys.ts'
import { forwarding, openUpstreams } from './compose/gate.ts'
import { HIDDEN_REFS, openGit } from './compose/git.ts'
import { openGrasp } from './compose/grasp/grasp.ts'
import { openKeyHolders } from './compose/grasp/keys.ts'
import { findOffered, showToItsUsers } from './compose/grasp/offered.ts'
import { relayRepresentation } from './compose/grasp/relay.ts'
import { openSigned } from './compose/grasp/signed.ts'
import { healthOf } from './compose/health.ts'
import { openIdentity } from './compose/identity.ts'
import { openLog } from './compose/log.ts'
import { openMaintenance } from './compose/maintenance.ts'
import { metricsOf } from './compose/metrics.ts'
import { openMirrors } from './compose/mirrors.ts'
import type { Programs } from './compose/programs.ts'
import { keepUp } from './compose/keep-up.ts'
import { openPulls } from './compose/pulls.ts'
import { purgeKinds } from './compose/purges.ts'
import { openRecords } from './compose/records.ts'
import { Opened } from './compose/opened.ts'
import { openRefreshes } from './compose/refresh.ts'
import { reservePort } from './compose/reserve-port.ts'
import { openScan } from './compose/scan.ts'
import { openSeal } from './compose/seal.ts'
import { openTokens } from './compose/tokens.ts'
import { openWebhooks } from './compose/webhooks.ts'
import { forgetFetches, readyAnswers } from './compose/shared-fetches.ts'
import { openStreams } from './compose/stream.ts'
import { startUpkeep } from './compose/upkeep.ts'
import { openWarmUp } from './compose/warm-up.ts'
import { bindingParts } from './compose/workloads.ts'
import type { Config } from './config/config.ts'
import { newInstanceName } from './git/quarantine/instance.ts'
import { countObjects } from './git/object-counts.ts'
import { setHead } from './git/refs/head.ts'
import { repoPath } from './git/storage.ts'
import { KnownTrees } from './git/writing/known-trees.ts'
import { registerAtBothRoots } from './http/both-roots.ts'
import { closeWithin } from './http/closing.ts'
import { honourIdempotencyKeys } from './http/idempotency.ts'
import { documentRoutes } from './http/openapi.ts'
import { rateLimiter } from './http/rate-limit.ts'
import { openRedis } from './http/redis.ts'
import { countRequests } from './http/request-counts.ts'
import { createServer } from './http/server.ts'
import type { Door } from './kernel/door.ts'
import type { RepoId } from './kernel/ids.ts'
import type { RefUpdatePolicy } from './kernel/policy.ts'
import type { GitStore, IntentLog } from './kernel/ports.ts'
import { subjectOf } from './kernel/principal.ts'
import { newId } from './kernel/uuid.ts'
import { openVerifier } from './nostr/verify/verifier.ts'
import { administrationRoutes } from './rooms/admin/administration.ts'
import { adminRoutes } from './rooms/admin/routes.ts'
import { accountRoutes } from './rooms/tokens/accounts/routes.ts'
import { longLivedTokenRoutes } from './rooms/tokens/long-lived/routes.ts'
import { bindingRoutes } from './rooms/tokens/workloads/bindings-routes.ts'
import { tokenRules } from './rooms/identity/token-rules.ts'
import { streamRoutes } from './rooms/events/stream/routes.ts'
import { gateRoutes } from './rooms/gate/routes.ts'
import { mirrorRoutes } from './rooms/mirrors/routes.ts'
import { webhookRoutes } from './rooms/events/webhooks/routes.ts'
import { openProvision } from './rooms/provision/provision.ts'
import { pullHints } from './rooms/pulls/push-hint.ts'
import { redirectNotes } from './rooms/pulls/redirect-notes.ts'
import { redirectPush } from './rooms/pulls/redirect-push.ts'
import { pullRoutes } from './rooms/pulls/routes.ts'
import { accessRoutes } from './rooms/repos/access/routes.ts'
import { findDeletedRepository } from './rooms/repos/find-deleted.ts'
import { transferRepository } from './rooms/repos/transfer-repository.ts'
import { archived } from './rooms/repos/archived-policy.ts'
import { commitRoutes } from './rooms/repos/commit/routes.ts'
import { KeptAnswers } from './rooms/repos/kept-answers.ts'
import { contentRoutes } from './rooms/repos/content/routes.ts'
import { historyRoutes } from './rooms/repos/history/routes.ts'
import { refRoutes } from './rooms/repos/refs/routes.ts'
import { repositoryRoutes } from './rooms/repos/routes.ts'
import { protections, type ProtectionsParts } from './rooms/repos/rules/protections-policy.ts'
import { protectionRoutes } from './rooms/repos/rules/routes.ts'
import { scanRoutes } from './rooms/scan/routes.ts'
import { backupRoutes } from './rooms/backup/routes.ts'
import { maintenanceRoutes } from './rooms/maintenance/routes.ts'
import { announcedSize } from './rooms/transport/announced-size.ts'
import { PushCounts } from './rooms/transport/push-counts.ts'
import { transport } from './rooms/transport/routes.ts'
import type { SharedFetchParts } from './rooms/transport/shared-fetch.ts'
import { bundleRoutes } from './rooms/bundles/routes.ts'
import { MAINTENANCE, type JobKind } from './kernel/background.ts'
import type { Subscriber } from './store/log/hand-over.ts'
import { isProtected } from './store/protections.ts'
import { PullRequests } from './store/pulls.ts'

export interface Composition {
  readonly config: Config
  readonly programs: Programs
  /** Puts something between the door and its ports: crash stories kill the process there. */
  readonly between?: (ports: { store: GitStore; intents: IntentLog }) => {
    store: GitStore
    intents: IntentLog
  }
}

export interface Sluice {
  readonly url: string
  /** Only at the first start; for the terminal and nobody else. */
  readonly adminToken: string | null
  readonly door: Door
  /** git processes started so far, without those of maintenance. */
  readonly processesStarted: () => number
  readonly pathOf: (id: RepoId) => string
  /** @throws Error `EADDRINUSE` */
  listen(): Promise<void>
  /** Takes no more requests, lets running ones end within the drain time, closes everything. */
  close(): Promise<void>
}

const VERSION = process.env['SLUICE_VERSION'] ?? '0.0.0'
const FEATURES = ['smart-http', 'protocol-v2', 'partial-clone', 'sha256', 'provision-on-push']
const SLOW_REQUEST_MS = 1_000
const MAX_FETCH_MS = 6 * 3600_000
const KEPT_ANSWER_CHARS = 16 * 1024 * 1024

export async function compose(composition: Composition): Promise<Sluice> {
  const opened = new Opened()
  try {
    return await composeOnto(opened, composition)
  } catch (err) {
    await opened.close().catch(() => {}) // the reason of the failed start is what counts
    throw err
  }
}

async function composeOnto(opened: Opened, composition: Composition): Promise<Sluice> {
  const { config, programs, between = (ports) => ports } = composition
  const log = openLog(config.logLevel)
  const clock = { now: () => Date.now() }
  const run = newInstanceName()
  const root = config.gitStorageRoot
  const pathOf = (id: RepoId) => repoPath(root, id)
  const port = await reservePort(config.listen.host, config.listen.port)
  const baseUrl = config.publicBaseUrl ?? `http://${config.listen.host}:${port}`

  const records = opened.use(await openRecords(config, { clock, pathOf, run, log }))
  const denials = opened.use(openDenials(records, { clock, log }))
  const git = opened.use(
    await openGit(config, { launcherScript: programs.launcher, run, version: VERSION, log }),
  )
  const { repositories } = records
  await showToItsUsers(config, records)
  opened.use(forgetFetches(records.tail, git.fetches))
  const upkeep = opened.use(await startUpkeep({ records, git, root, run, log }))
  const verifier = opened.use(openVerifier({ workerScript: programs.verifyWorker }))
  const keyHolders = openKeyHolders(config, { records, verifier, baseUrl, clock })
  const others = keyHolders.verifiers
  const identity = await openIdentity(config, { records, clock, log, baseUrl, others })
  const redisUrl = config.secrets.redisUrl?.reveal() ?? null
  const redis = redisUrl === null ? null : await openRedis(redisUrl, (err) => log.warn({ err }, 'redis'))
  opened.defer(() => redis?.disconnect())

  const provision = openProvision({
    surface: { enabled: config.surface.provision, org: config.surface.orgSlug },
    organisations: records.organisations,
    repositories,
    storage: git.storage,
    pathOf,
    newId,
    clock,
  })

  const gate = await openUpstreams(config, { records, git, clock })
  opened.use(gate.files)
  opened.use(gate.git)
  const scan = opened.use(await openScan(config, { records, clock, workerScript: programs.scanWorker }))

  const pullRequests = new PullRequests({ ...records, clock, newId })
  const rules: ProtectionsParts = {
    rulesOf: (id) => records.protections.of(id),
    deleted: records.deletedBranches,
    redirect: (push, update) => redirectPush({ pulls: pullRequests, store: git.store, newId }, push, update),
  }
  const signed = openSigned(config, { records, pathOf, baseUrl, storage: git.storage, clock })
  const { maxPackBytes } = config.push
  const policies: readonly RefUpdatePolicy[] = [
    //                     onCommands               onObjects
    archived(), //         refuse
    announcedSize(maxPackBytes), // size
    tokenRules(), //       role, refs, verbs, size  forced updates, paths
    protections(rules), // role, road, deletions    forced updates; redirects to pull requests
    ...signed.policies, // signed state, tips of pull requests, where events decide
    scan.policy, //                                 secrets
    forwarding(config, { gate, clock, log }), // refs of gates; passes on when the refs are locked
    provision.policy, //   makes the repository; last, so that nobody refused has made one
  ]

  const ports = between({ store: git.store, intents: records.intents })
  const fetching = {
    admit: (who, signal) => git.queue.enter(who, signal),
    startGit: async (into, spec, opts) => {
      await git.launcher.ready(opts.signal)
      return git.launcher.startInto(into, spec, opts)
    },
    ...readyAnswers(git),
    hiddenRefs: HIDDEN_REFS,
    maxFetchMs: MAX_FETCH_MS,
  } satisfies SharedFetchParts
  const warmUp = opened.use(openWarmUp(config, git, fetching))
  const onRefsMoved = (repoId: RepoId) => {
    git.snapshots.invalidate(repoId)
    warmUp.refsMoved(repoId)
  }
  const { onDenied, onForbidden } = denials
  const door = openDoor(config, { ...ports, policies, log, onRefsMoved, onDenied })

  let phase: 'starting' | 'serving' | 'draining' = 'starting'
  const limit = rateLimiter(config.rates, redis)
  const find = findOffered(config, (address, principal) => repositories.find(address, subjectOf(principal)))
  const refreshes = opened.use(openRefreshes(config, { records, git, gate, door, clock, log }))
  const { readGate, staleness } = refreshes
  const app = createServer({
    log,
    trustedProxies: config.trustedProxies,
    corsOrigins: config.corsOrigins,
    isOpenToPages: config.grasp !== null,
    slowRequestMs: SLOW_REQUEST_MS,
    permission: { authenticate: identity.authenticate, find, readGate, limit, onForbidden },
  })
  keyHolders.guard(app)
  denials.noteLogins(app)
  const requests = countRequests(app)
  const pushes = new PushCounts()
  const bundles = openBundles(config, { git, clock, publicBaseUrl: baseUrl })
  honourIdempotencyKeys(app, records.idempotency)
  documentRoutes(app, { publicBaseUrl: baseUrl, version: VERSION })

  registerAtBothRoots(app, adminRoutes, {
    publicBaseUrl: baseUrl,
    issuer: identity.issuers[0] ?? baseUrl,
    features: FEATURES,
    representations: relayRepresentation(config, VERSION),
    phase: () => phase,
    check: healthOf({ records, root, upkeep, redis, background: () => background }),
    metrics: metricsOf({
      git,
      warmUp,
      requests,
      pushes,
      landing: door.landing,
      bundles: bundles.counts,
      refreshes: refreshes.refresher.counts,
      jobs: records.jobs,
      grasp: config.grasp && signed.stores.lists,
      background: () => background,
    }),
  })
  const findDeleted = findDeletedRepository({
    database: records.database,
    clock,
    pathOf,
    surfaceOrg: config.surface.orgSlug,
  })
  registerAtBothRoots(app, repositoryRoutes, {
    repositories,
    organisations: records.organisations,
    surfaceOrg: config.surface.orgSlug,
    storage: git.storage,
    refs: door.store,
    setHead,
    findDeleted,
    transfer: (id, org, by) =>
      transferRepository(
        { database: records.database, events: records.events, clock, newId, pathOf },
        id,
        org,
        by,
      ),
    pathOf,
    newId,
    clock,
    publicBaseUrl: baseUrl,
  })
  registerAtBothRoots(app, scanRoutes, scan.routes(findDeleted))
  registerAtBothRoots(app, protectionRoutes, { protections: records.protections, findDeleted })
  const managed = openAccounts(config, { records, identity, clock })
  registerAtBothRoots(app, accessRoutes, {
    collaborators: records.collaborators,
    events: denials.audit,
    findDeleted,
    ...managed.members,
  })
  registerAtBothRoots(app, accountRoutes, managed.accounts)
  registerAtBothRoots(app, longLivedTokenRoutes, managed.tokens)
  const { managedMachine } = managed.tokens
  registerAtBothRoots(app, bindingRoutes, bindingParts(config, { records, identity }, managedMachine))
  registerAtBothRoots(app, administrationRoutes, {
    repositories,
    jobs: records.jobs,
    events: denials.audit,
    keys: identity.keys,
    grasp: signed.stores.lists,
    countObjects: (repo, principal) => countObjects(git.reader, { repo, principal }),
    lastMaintenance: (id) => records.jobs.lastDone(MAINTENANCE, id),
    publicBaseUrl: baseUrl,
  })
  registerAtBothRoots(app, refRoutes, {
    door,
    snapshots: git.snapshots,
    objects: git.objects,
    revisions: git.revisions,
    protectionsOf: async ({ id }) => {
      const rules = await records.protections.of(id)
      return (branch) => isProtected(rules, branch)
    },
    findDeleted,
    clock,
  })
  registerAtBothRoots(app, commitRoutes, {
    door,
    trees: new KnownTrees(git.objects),
    revisions: git.revisions,
    findDeleted,
    clock,
  })
  const answers = new KeptAnswers({ maxChars: KEPT_ANSWER_CHARS })
  registerAtBothRoots(app, historyRoutes, {
    answers,
    git: git.reader,
    objects: git.objects,
    revisions: git.revisions,
    log: git.log,
    lastCommits: git.lastCommits,
    diffs: git.diffs,
    findDeleted,
  })
  const pulls = opened.use(openPulls({ records, pulls: pullRequests, git, door, clock, log, findDeleted }))
  registerAtBothRoots(app, pullRoutes, pulls.routes)
  registerAtBothRoots(app, contentRoutes, {
    objects: git.objects,
    revisions: git.revisions,
    lastCommits: git.lastCommits,
    answers,
    reader: git.reader,
    findDeleted,
  })
  opened.use(keepUp(records.events, git))
  const streams = openStreams(config, { records, identity, find, findDeleted, log })
  registerAtBothRoots(app, streamRoutes, streams.routes)
  const loginSeal = await openSeal(config, 'device logins')
  const tokens = openTokens(config, { records, identity, find, clock, baseUrl, log, loginSeal })
  app.register(tokens.oauth)
  app.register(tokens.published)
  const maintenance = opened.use(openMaintenance(config, { records, git, bundles, root, run, log }))
  registerAtBothRoots(app, maintenanceRoutes, maintenance.routes)
  const grasp = opened.use(
    await openGrasp(config, { signed, records, git, door, verifier, pathOf, baseUrl, clock, log }),
  )
  grasp.register(app)
  app.register(transport, {
    whenMissing: async (address, principal, action) =>
      (await grasp.whenMissing(address, principal, action)) ??
      (await provision.whenMissing(address, principal, action)),
    advertisements: git.advertisements,
    readGate,
    uploadPack: {
      ...fetching,
      onAsked: (repo, args) => warmUp.asked(repo, args),
      lsRefs: git.lsRefs,
      bundleUri: bundles.listFor,
      staleness,
      countFetch: maintenance.countFetch,
      bodyIdleMs: config.bodyIdleMs,
    },
    receivePack: {
      door,
      pushes,
      log,
      admit: (who, signal) => git.queue.enter(who, signal),
      countPush: (request, reply) => limit('push', request.principal, request, reply),
      settleProvision: provision.settle,
      onMoved: grasp.onMoved,
      notesOf: async (repo, { moved, redirected }, opts) => [
        ...(await redirectNotes(pullRequests, baseUrl, repo, redirected, opts)),
        ...(await pullHints(door, baseUrl, repo, moved, opts)),
      ],
      bodyIdleMs: config.bodyIdleMs,
      discardBudgetBytes: config.push.discardBudgetBytes,
    },
  })

  app.register(bundleRoutes, bundles.routes)

  const gateKeys = openGateKeys(config, { records, gate, findDeleted })
  const { refresher } = refreshes
  const declaring = { gate, keys: gateKeys, scan, git, refresher, findDeleted, publicBaseUrl: baseUrl }
  registerAtBothRoots(app, gateRoutes, gateRoutesParts(config, declaring))

  // what is done behind the requests, told by the log and the queue
  const auraNetwork = openAuraNetwork(config, clock)
  const feed = openFeed(auraNetwork, { records, clock })
  const mirrorSeal = await openSeal(config, 'mirrors')
  const mirrors = openMirrors(config, {
    records,
    git,
    auraNetwork,
    files: gate.files,
    seal: mirrorSeal,
    find,
    findDeleted,
    clock,
  })
  registerAtBothRoots(app, mirrorRoutes, mirrors.routes)
  const hookSeal = await openSeal(config, 'webhooks')
  const { ownedOrganization } = managed.members
  const webhooks = opened.use(
    openWebhooks(config, { records, git, seal: hookSeal, findDeleted, ownedOrganization }),
  )
  registerAtBothRoots(app, webhookRoutes, webhooks.routes)
  const subscribers: readonly Subscriber[] = [
    // what of the log         becomes
    maintenance.subscriber, // pushes: wear of their repositories
    ...feed.subscribers, //    branches that moved: posts
    ...mirrors.subscribers, // refs that moved: runs of mirrors
    webhooks.subscriber, //    what is asked for: deliveries
    gateKeys.subscriber, //    deleted repositories: ends of their deploy keys
  ]
  const backups = ownBackups(config, { records, clock, log })
  registerAtBothRoots(app, backupRoutes, backups.routes)
  const kinds: readonly JobKind<never>[] = [
    ...maintenance.kinds, //   repo_maintenance, maintenance_round
    ...purgeKinds({ records, git, log }, [webhooks.purge, scan.purge, ...grasp.purges]), // purge_expired, delete_repo_storage
    ...feed.kinds, //          feed_post
    ...mirrors.kinds, //       mirror_push
    webhooks.kind, //          webhook_delivery
    ...backups.kinds, //       backup
    refreshes.kind, //         gate_refresh
    gateKeys.kind, //          gate_key_revoke
    ...grasp.kinds, //         grasp_sync
  ]
  const followers = [pulls.follower]
  const background = opened.use(await openBackground({ records, subscribers, kinds, followers, run, log }))

  return {
    url: baseUrl,
    adminToken: identity.adminToken,
    door,
    processesStarted: () => git.launcher.startedInFront,
    pathOf,
    async listen() {
      await app.listen({ host: config.listen.host, port })
      phase = 'serving'
    },
    async close() {
      phase = 'draining'
      streams.end()
      await Promise.all([closeWithin(app, config.drainMs), background.jobs.stop(config.drainMs)])
      await opened.close()
    },
  }
}
