/** A workbench whose repository is also called by REST. */
import type { RepoId } from '../../src/kernel/ids.ts'
import type { Actor } from './actor.ts'
import { Stage, type Answer } from './rest.ts'
import { workbench, type Workbench } from './workbench.ts'
import type { World } from './world.ts'

export interface Call {
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
  /** Default: who has the work tree, an owner. */
  readonly as?: Actor
}

export class RestBench {
  readonly world: World
  readonly git: Workbench
  /** `/repos/<org>/<repo>` */
  readonly path: string

  constructor(world: World, git: Workbench) {
    this.world = world
    this.git = git
    this.path = `/repos${new URL(git.repo.url).pathname.replace(/\.git$/, '')}`
  }

  /** @param at what follows the repository's address */
  async ask(
    method: string,
    at: string,
    { body, headers = {}, as = this.git.agent }: Call = {},
  ): Promise<Answer> {
    const answer = await as.fetch(`${this.world.url}${this.path}${at}`, {
      method,
      headers,
      body: body === undefined ? null : JSON.stringify(body),
    })
    const text = await answer.text()
    const isJson = text !== '' && answer.headers.get('content-type')?.startsWith('application/json')
    return { status: answer.status, headers: answer.headers, text, json: isJson ? JSON.parse(text) : null }
  }

  get(at: string, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
    return this.ask('GET', at, { headers })
  }

  /** Status of the same request by nobody, a stranger, a reader and a writer, in this order. */
  async statuses(method: string, at: string, body?: unknown): Promise<number[]> {
    const stage = new Stage(this.world)
    const id = this.git.repo.id as RepoId
    await stage.giveRole(id, 'reader', 'reader')
    await stage.giveRole(id, 'writer', 'writer')
    const statuses: number[] = []
    for (const who of [null, 'stranger', 'reader', 'writer'])
      statuses.push((await stage.ask(who, method, this.path + at, body)).status)
    return statuses
  }

  /** Another one of the same account, whose token allows only this here. */
  narrowed(rules: object, actions: readonly string[] = ['write']): Promise<Actor> {
    const detail = { type: 'git_repository', identifier: this.git.repo.id, actions, ...rules }
    return this.git.another({ authorizationDetails: [detail] })
  }
}

export async function restBench(w: World, fields: Record<string, unknown> = {}): Promise<RestBench> {
  return new RestBench(w, await workbench(w, fields))
}
