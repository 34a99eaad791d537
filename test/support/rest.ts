/**
 * People who call the REST API of a world. Each stage has its own, and an organisation that nobody
 * has named before, so that many tests can share one server.
 */
import { randomBytes, randomUUID } from 'node:crypto'
import { rename, rm, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Role } from '../../src/kernel/grants.ts'
import type { RepoId } from '../../src/kernel/ids.ts'
import { newId } from '../../src/kernel/uuid.ts'
import { Collaborators } from '../../src/store/collaborators.ts'
import { EventLog } from '../../src/store/log/events.ts'
import { platformToken } from './platform-token.ts'
import { world, type World } from './world.ts'

const INTERNAL_TOKEN = randomBytes(24).toString('hex')

/** A world whose internal token and administrator the people of its stages can use. */
export function restWorld(settings: Readonly<Record<string, string>> = {}): Promise<World> {
  return world({ settings: { INTERNAL_SERVICE_TOKEN: INTERNAL_TOKEN, ...settings } })
}

/** Where repositories lie, nothing can be made until this is disposed. */
export async function brokenDisk(w: World): Promise<AsyncDisposable> {
  const root = dirname(dirname(w.repo.path))
  await rename(root, `${root}.away`)
  await writeFile(root, '')
  return {
    async [Symbol.asyncDispose]() {
      await rm(root)
      await rename(`${root}.away`, root)
    },
  }
}

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  readonly json: any
}

export class Stage {
  /** Slug of an organisation of this stage. */
  readonly org = `org-${randomUUID()}`
  readonly #world: World
  readonly #accounts = new Map<string, string>()
  /** By name of the credential: the account that it is of, and the scope that narrows it. */
  readonly #narrowed = new Map<string, { of: string; scope: string }>()

  constructor(w: World) {
    this.#world = w
  }

  /** Everybody has an account as soon as he is named. */
  accountOf(who: string): string {
    const id = this.#accounts.get(who) ?? newId()
    this.#accounts.set(who, id)
    return id
  }

  /** A second credential of an account, that may do less. */
  narrow(name: string, of: string, scope: string): void {
    this.#narrowed.set(name, { of, scope })
  }

  /**
   * A request as somebody; a redirect is an answer.
   *
   * @param who `null`: nobody; `internal`: the internal token; `admin`: the first administrator's
   *   token; `forger`: a token signed with another secret
   */
  async ask(
    who: string | null,
    method: string,
    path: string,
    body?: unknown,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Answer> {
    const typed = body === undefined ? {} : { 'content-type': 'application/json' }
    const answer = await fetch(this.#world.url + path, {
      method,
      redirect: 'manual',
      headers: { ...(await this.#credentialOf(who)), ...typed, ...headers },
      body: body === undefined ? null : JSON.stringify(body),
    })
    const text = await answer.text()
    const isJson = text !== '' && answer.headers.get('content-type')?.startsWith('application/json')
    return { status: answer.status, headers: answer.headers, text, json: isJson ? JSON.parse(text) : null }
  }

  /** `POST /repos` by its owner-to-be; fails loudly. */
  async create(who: string, fields: { orgId?: string; name: string } & Record<string, unknown>) {
    const answer = await this.ask(who, 'POST', '/repos', { orgId: this.org, ...fields })
    if (answer.status !== 201) throw new Error(`POST /repos: ${answer.status} ${answer.text}`)
    return answer.json as { id: RepoId; slug: string; orgSlug: string } & Record<string, unknown>
  }

  /** Past the server. */
  async giveRole(repoId: RepoId, who: string, role: Role): Promise<void> {
    await using database = await this.#world.openDatabase()
    const events = new EventLog({ database, clock: Date, newId })
    const collaborators = new Collaborators({ database, events, clock: Date })
    await collaborators.put(
      repoId,
      { accountId: this.accountOf(who), role },
      { actorId: null, agentId: null },
    )
  }

  /** The latest event about a repository. */
  /** Without what was refused, which is written some time later. */
  async lastEvent(repoId: RepoId) {
    return (await this.#world.events()).findLast((event) => event.repoId === repoId && !event.denied)
  }

  async #credentialOf(who: string | null): Promise<Record<string, string>> {
    if (who === null) return {}
    if (who === 'internal') return { 'x-internal-token': INTERNAL_TOKEN }
    return { authorization: `Bearer ${await this.#tokenOf(who)}` }
  }

  async #tokenOf(who: string): Promise<string> {
    if (who === 'admin') return this.#world.sluice.adminToken ?? ''
    const { of, scope } = this.#narrowed.get(who) ?? { of: who, scope: null }
    const accountId = this.accountOf(of)
    if (who === 'forger') return platformToken(randomBytes(32), { accountId, name: who })
    return this.#world.token(accountId, of, scope === null ? {} : { scope })
  }
}
