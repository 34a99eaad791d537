/** A repository of its own on a server that many stories share, and somebody who writes to it. */
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import type { PushData, StoredEvent } from '../../src/kernel/events.ts'
import { runGit, type Actor, type GitRun } from './actor.ts'
import { pathsBelow } from './paths-below.ts'
import { pushBody, raw, readBands, type RawAnswer, type RawPush } from './raw-git.ts'
import type { TokenOptions } from './platform-token.ts'
import type { World } from './world.ts'

export class Workbench {
  readonly #w: World
  readonly repo: { readonly id: string; readonly path: string; readonly url: string }
  /** Has a work tree with `origin`; may do what the owner may. */
  readonly agent: Actor

  constructor(w: World, repo: Workbench['repo'], agent: Actor) {
    this.#w = w
    this.repo = repo
    this.agent = agent
  }

  /** Another one of the same account, with a work tree of its own. */
  async another(token: TokenOptions = {}): Promise<Actor> {
    const actor = await this.#w.actor('another', { accountId: this.agent.accountId, ...token })
    await actor.start(this.repo.url)
    return actor
  }

  /** A push made by hand; stock git would refuse to send many of them. */
  async push(push: RawPush, headers: Record<string, string> = {}) {
    const answer = await this.pushRaw(push, headers)
    return readBands(answer.body)
  }

  pushRaw(push: RawPush, headers: Record<string, string> = {}): Promise<RawAnswer> {
    return raw(this.agent, `${this.repo.url}/git-receive-pack`, { body: pushBody(push), headers })
  }

  /** git in the bare repository, past the server. */
  onServer(...args: string[]): Promise<GitRun> {
    return runGit(args, { cwd: this.repo.path })
  }

  async has(oid: string): Promise<boolean> {
    return (await this.onServer('cat-file', '-e', oid)).code === 0
  }

  /** Full name to value. */
  async refs(): Promise<Record<string, string>> {
    const listed = await this.onServer('for-each-ref', '--format=%(refname) %(objectname)')
    const lines = listed.stdout.split('\n').filter((line) => line !== '')
    return Object.fromEntries(lines.map((line) => line.split(' ') as [string, string]))
  }

  /** Every file that holds an object, or may become one. */
  async stored(): Promise<string[]> {
    const places = ['objects', '../../.incoming'].map((name) => join(this.repo.path, name))
    const files = await Promise.all(places.map((place) => pathsBelow(place)))
    return files.flat().filter((name) => /[0-9a-f]{38}|pack-|tmp_/.test(name))
  }

  async pushes(): Promise<StoredEvent<PushData>[]> {
    return (await this.#w.pushes()).filter((event) => event.repoId === this.repo.id)
  }
}

export async function workbench(w: World, fields: Record<string, unknown> = {}): Promise<Workbench> {
  const repo = await w.createRepo(`bench-${randomBytes(4).toString('hex')}`, fields)
  const agent = await w.actor('agent', { accountId: w.owner.accountId })
  await agent.start(repo.url)
  return new Workbench(w, repo, agent)
}
