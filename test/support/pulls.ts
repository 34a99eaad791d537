/** A repository with a history, somebody who pushes to it with stock git, and its pull requests by REST. */
import { randomBytes } from 'node:crypto'
import type { RepoId } from '../../src/kernel/ids.ts'
import type { Role } from '../../src/kernel/grants.ts'
import type { Actor } from './actor.ts'
import { Stage, type Answer } from './rest.ts'
import type { World } from './world.ts'

type Files = Readonly<Record<string, string | Buffer | null>>

export class PullBench {
  readonly stage: Stage
  readonly repo: { readonly id: RepoId; readonly slug: string }
  /** Has a clone; may do what the owner may. */
  readonly git: Actor
  /** First commit of `main`. */
  readonly base: string
  /** Address of the list. */
  readonly path: string

  constructor(stage: Stage, repo: PullBench['repo'], git: Actor, base: string) {
    this.stage = stage
    this.repo = repo
    this.git = git
    this.base = base
    this.path = `/repos/${stage.org}/${repo.slug}/pulls`
  }

  /** @param below the list's address, e.g. `/1/merge` */
  ask(
    who: string | null,
    method: string,
    below: string,
    body?: unknown,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Answer> {
    return this.stage.ask(who, method, this.path + below, body, headers)
  }

  giveRole(who: string, role: Role): Promise<void> {
    return this.stage.giveRole(this.repo.id, who, role)
  }

  /**
   * A commit on a branch, pushed.
   *
   * @param files `null`: deleted
   * @param from what the branch starts at; absent: the branch as it is, a new one at the first commit
   */
  async commit(
    branch: string,
    files: Files,
    opts: { from?: string; message?: string } = {},
  ): Promise<string> {
    const known = (await this.git.git('rev-parse', '-q', '--verify', `refs/heads/${branch}`)).code === 0
    if (opts.from !== undefined) await this.git.ok('checkout', '-q', '-B', branch, opts.from)
    else if (known) await this.git.ok('checkout', '-q', branch)
    else await this.git.ok('checkout', '-q', '-b', branch, this.base)
    for (const [path, content] of Object.entries(files)) {
      if (content === null) await this.git.ok('rm', '-q', path)
      else {
        await this.git.write(path, content)
        await this.git.ok('add', '--', path)
      }
    }
    await this.git.ok('commit', '-q', '--allow-empty', '-m', opts.message ?? `change ${branch}`)
    await this.git.ok('push', '-q', '--force', 'origin', branch)
    return this.git.ok('rev-parse', 'HEAD')
  }

  /** A new branch with one commit on top of the first one of `main`. */
  async branch(files: Files, opts: { from?: string } = {}): Promise<{ branch: string; head: string }> {
    const branch = `topic/${randomBytes(4).toString('hex')}`
    return { branch, head: await this.commit(branch, files, { from: opts.from ?? this.base }) }
  }

  /** Opens one; fails loudly. */
  async open(sourceBranch: string, fields: Record<string, unknown> = {}) {
    const body = { sourceBranch, targetBranch: 'main', title: `Take ${sourceBranch}`, ...fields }
    const answer = await this.ask('owner', 'POST', '', body)
    if (answer.status !== 201) throw new Error(`POST …/pulls: ${answer.status} ${answer.text}`)
    return answer.json as { id: string; number: number; sourceSha: string } & Record<string, unknown>
  }

  /** A new branch, and a pull request of it. */
  async pull(files: Files, fields: Record<string, unknown> = {}) {
    const { branch, head } = await this.branch(files)
    return { branch, head, ...(await this.open(branch, fields)) }
  }

  /** As `GET …/pulls/{id}` shows it. */
  async read(id: string | number) {
    return (await this.ask('owner', 'GET', `/${id}`)).json
  }

  /** Value of a ref on the server, as git lists it; `null` for none. */
  async remote(ref: string): Promise<string | null> {
    return (await this.git.ok('ls-remote', 'origin', ref)).split('\t', 1)[0] || null
  }
}

/** @param files of the first commit of `main` */
export async function pullBench(
  w: World,
  opts: { files?: Files; fields?: Record<string, unknown> } = {},
): Promise<PullBench> {
  const stage = new Stage(w)
  const repo = await stage.create('owner', { name: 'app', ...opts.fields })
  const git = await w.actor('git', { accountId: stage.accountOf('owner') })
  await git.start(`${w.url}/${stage.org}/${repo.slug}.git`)
  for (const [path, content] of Object.entries(opts.files ?? { 'README.md': 'first\n' })) {
    await git.write(path, content ?? '')
  }
  await git.ok('add', '-A')
  await git.ok('commit', '-q', '-m', 'first')
  await git.ok('push', '-q', 'origin', 'main')
  return new PullBench(stage, repo, git, await git.ok('rev-parse', 'HEAD'))
}
