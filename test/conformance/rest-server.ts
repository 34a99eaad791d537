/**
 * The REST rooms on a listening server, over a real SQLite store and real repositories. Credentials
 * are names: `Bearer owner` is the account called owner. How they are verified is tested elsewhere.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CurrentRefs } from '../../src/git/current-refs.ts'
import { setHead } from '../../src/git/head.ts'
import { PackedRefLookup } from '../../src/git/packed-ref-lookup.ts'
import { createRepository, removeRepository, repoPath } from '../../src/git/storage.ts'
import { registerAtBothRoots } from '../../src/http/both-roots.ts'
import { honourIdempotencyKeys } from '../../src/http/idempotency.ts'
import { documentRoutes } from '../../src/http/openapi.ts'
import { rateLimiter, type Budgets } from '../../src/http/rate-limit.ts'
import { createServer } from '../../src/http/server.ts'
import { AppError } from '../../src/kernel/errors.ts'
import { UNRESTRICTED, type Grants, type Role } from '../../src/kernel/grants.ts'
import { branchRef, type RepoId } from '../../src/kernel/ids.ts'
import { ANONYMOUS, INTERNAL, subjectOf, type Principal } from '../../src/kernel/principal.ts'
import { newId } from '../../src/kernel/uuid.ts'
import { healthCheck, type Component } from '../../src/rooms/admin/probes.ts'
import { adminRoutes, type AdminRoutesParts } from '../../src/rooms/admin/routes.ts'
import type { RepositoryStorage } from '../../src/rooms/repos/create-repository.ts'
import { findDeletedRepository } from '../../src/rooms/repos/find-deleted.ts'
import { repositoryRoutes } from '../../src/rooms/repos/routes.ts'
import { transferRepository } from '../../src/rooms/repos/transfer-repository.ts'
import { Collaborators } from '../../src/store/collaborators.ts'
import { openDatabase } from '../../src/store/database.ts'
import { EventLog } from '../../src/store/events.ts'
import { IdempotencyKeys } from '../../src/store/idempotency.ts'
import { findOrganization } from '../../src/store/organizations.ts'
import { Repositories } from '../../src/store/repositories.ts'
import { HandClock } from '../support/databases.ts'

export interface RestServerOptions {
  readonly budgets?: Budgets
  readonly storage?: Partial<RepositoryStorage>
  readonly components?: readonly Component[]
  readonly admin?: Partial<AdminRoutesParts>
}

const BASE_URL = 'https://git.example.test'
const INTERNAL_TOKEN = 'the-internal-token'
const UNLIMITED = { read: 0, write: 0, push: 0 }

export type RestServer = Awaited<ReturnType<typeof restServer>>
export type Answer = Awaited<ReturnType<RestServer['ask']>>

export async function restServer(options: RestServerOptions = {}) {
  const dir = await mkdtemp(join(tmpdir(), 'sluice-rest-'))
  const database = await openDatabase({ url: null, path: join(dir, 'sluice.db') })
  const clock = new HandClock()
  const events = new EventLog({ database, clock, newId })
  const pathOf = (id: RepoId) => repoPath(join(dir, 'repositories'), id)
  const around = { pathOf, surfaceOrg: 'surface' }
  const repositories = new Repositories({ database, events, clock, newId, ...around })
  const collaborators = new Collaborators({ database, events, clock })
  const accounts = new Accounts()

  const app = createServer({
    log: { error: () => {}, warn: () => {} },
    trustedProxies: [],
    corsOrigins: [],
    slowRequestMs: 60_000,
    permission: {
      authenticate: async (credential) => accounts.authenticate(credential),
      find: (address, principal) => repositories.find(address, subjectOf(principal)),
      limit: rateLimiter(options.budgets ?? UNLIMITED, null),
    },
  })
  honourIdempotencyKeys(app, new IdempotencyKeys({ database, clock }))
  documentRoutes(app, { publicBaseUrl: BASE_URL, version: '1.0.0' })
  registerAtBothRoots(app, repositoryRoutes, {
    repositories,
    organisations: {
      find: (org) => findOrganization(database.kysely, org),
      mayCreateIn: async (org, account) => account !== null && repositories.mayCreateIn(org, account),
    },
    storage: {
      create: ({ path, objectFormat, defaultBranch }) =>
        createRepository({ path, objectFormat, head: branchRef(defaultBranch) }),
      remove: ({ path }) => removeRepository(path),
      ...options.storage,
    },
    refs: { readRefs: (repo, names) => new CurrentRefs(new PackedRefLookup()).read(repo, names) },
    setHead,
    findDeleted: findDeletedRepository({ database, clock, ...around }),
    transfer: (id, org, by) => transferRepository({ database, events, clock, newId, pathOf }, id, org, by),
    pathOf,
    newId,
    clock,
    surfaceOrg: around.surfaceOrg,
    publicBaseUrl: BASE_URL,
  })
  registerAtBothRoots(app, adminRoutes, {
    publicBaseUrl: BASE_URL,
    issuer: BASE_URL,
    features: ['repositories'],
    representations: {},
    check: healthCheck(
      options.components ?? [{ name: 'database', probe: () => database.ping(), vital: true }],
    ),
    phase: () => 'serving',
    metrics: [],
    ...options.admin,
  })
  await app.listen({ host: '127.0.0.1', port: 0 })
  const url = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`

  /** A request as somebody; `null` is nobody, `internal` presents the internal token. */
  const ask = async (
    who: string | null,
    method: string,
    path: string,
    body?: unknown,
    headers: object = {},
  ) => {
    const answer = await fetch(url + path, {
      method,
      redirect: 'manual',
      headers: { ...accounts.credentialOf(who), ...(body === undefined ? {} : JSON_TYPE), ...headers },
      body: body === undefined ? null : JSON.stringify(body),
    })
    const text = await answer.text()
    return {
      status: answer.status,
      headers: answer.headers,
      text,
      json: (text.startsWith('{') || text.startsWith('[') ? JSON.parse(text) : null) as any, // eslint-disable-line @typescript-eslint/no-explicit-any
    }
  }

  return {
    app,
    url,
    dir,
    clock,
    events,
    accounts,
    repositories,
    pathOf,
    ask,
    /** `POST /repos` by its owner-to-be; fails loudly. */
    async create(who: string, fields: { orgId?: string; name: string } & Record<string, unknown>) {
      const answer = await ask(who, 'POST', '/repos', { orgId: 'acme', ...fields })
      if (answer.status !== 201) throw new Error(`POST /repos: ${answer.status} ${answer.text}`)
      return answer.json as { id: RepoId; slug: string; orgSlug: string } & Record<string, unknown>
    },
    async giveRole(repoId: RepoId, who: string, role: Role) {
      const accountId = accounts.idOf(who)
      await collaborators.put(repoId, { accountId, role }, { actorId: null, agentId: null })
    },
    async [Symbol.asyncDispose]() {
      await app.close()
      await database.close()
      await rm(dir, { recursive: true })
    },
  }
}

const JSON_TYPE = { 'content-type': 'application/json' }

/** Everybody has an account as soon as he is named, except `forger`. */
class Accounts {
  readonly #ids = new Map<string, string>()
  readonly #grants = new Map<string, Grants>()

  idOf(who: string): string {
    const id = this.#ids.get(who) ?? newId()
    this.#ids.set(who, id)
    return id
  }

  /** A second credential of an account, that may do less. */
  narrow(name: string, of: string, grants: Grants): void {
    this.#ids.set(name, this.idOf(of))
    this.#grants.set(name, grants)
  }

  credentialOf(who: string | null): Record<string, string> {
    if (who === null) return {}
    return who === 'internal' ? { 'x-internal-token': INTERNAL_TOKEN } : { authorization: `Bearer ${who}` }
  }

  authenticate({ kind, secret }: { kind: string; secret: string }): Principal {
    if (kind === 'internal' && secret === INTERNAL_TOKEN) return INTERNAL
    if (kind !== 'bearer' || secret === 'forger') throw new AppError('INVALID_CREDENTIAL')
    const grants = this.#grants.get(secret) ?? { ...UNRESTRICTED, admin: secret === 'admin' }
    return { ...ANONYMOUS, kind: 'user', accountId: this.idOf(secret), displayName: secret, grants }
  }
}
