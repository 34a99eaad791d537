/**
 * Somebody who moves refs of shared repositories in every way there is, as fast as the server answers, and
 * remembers what was acknowledged. What is not answered may have happened or not.
 */
import { Dice } from '../dice.ts'
import { makePack, object, tree, type MadeObject } from '../hand-made-pack.ts'
import { pushBody, readBands, readLines } from '../raw-git.ts'

export interface MovedRepository {
  readonly id: string
  /** `<org>/<slug>` */
  readonly path: string
}

/** One ref that the server said it has moved. */
export interface Acknowledged {
  readonly repoId: string
  readonly ref: string
  readonly newOid: string
}

export interface MoverParts {
  readonly name: string
  readonly seed: number
  readonly repositories: readonly MovedRepository[]
  /** Resolves when there is a server. */
  readonly origin: () => Promise<string>
  readonly headers: Readonly<Record<string, string>>
  /** A change is about to be asked for. */
  readonly onAsked: () => void
}

const ZERO = '0'.repeat(40)
const EMPTY_TREE = tree([])
const BRANCHES = ['main', 'one', 'two', 'three'].map((name) => `refs/heads/${name}`)

type Refs = ReadonlyMap<string, string>
type Change = (mover: Mover, repo: MovedRepository, refs: Refs) => Promise<readonly Acknowledged[]>

/** What is done, as often as it stands here. */
const CHANGES: readonly Change[] = [
  (mover, repo, refs) => mover.update(repo, refs, 1),
  (mover, repo, refs) => mover.update(repo, refs, 1),
  (mover, repo, refs) => mover.update(repo, refs, 3),
  (mover, repo, refs) => mover.force(repo, refs),
  (mover, repo, refs) => mover.remove(repo, refs),
  (mover, repo) => mover.commit(repo),
  (mover, repo) => mover.commit(repo),
  (mover, repo) => mover.tag(repo),
  (mover, repo, refs) => mover.merge(repo, refs),
]

export class Mover {
  readonly acknowledged: Acknowledged[] = []
  readonly #parts: MoverParts
  readonly #dice: Dice
  #made = 0

  constructor(parts: MoverParts) {
    this.#parts = parts
    this.#dice = new Dice(parts.seed)
  }

  /** Until it was asked for `changes`, whatever came of them. */
  async run(changes: number): Promise<void> {
    for (let n = 0; n < changes; n++) await this.#change().catch(() => {}) // the server was killed, or refused
  }

  async #change(): Promise<void> {
    const repo = this.#dice.pick(this.#parts.repositories)
    const change = this.#dice.pick(CHANGES)
    const refs = await this.#refs(repo)
    this.#parts.onAsked()
    this.acknowledged.push(...(await change(this, repo, refs)))
  }

  /** Branches that are there get a commit on top, others are made. */
  update(repo: MovedRepository, refs: Refs, count: number): Promise<readonly Acknowledged[]> {
    const first = this.#dice.below(BRANCHES.length)
    const moves = Array.from({ length: count }, (_, n) => {
      const ref = BRANCHES[(first + n) % BRANCHES.length]!
      return { ref, old: refs.get(ref), made: this.#make(refs.get(ref)) }
    })
    return this.#push(repo, moves)
  }

  /** A branch gets another history. */
  force(repo: MovedRepository, refs: Refs): Promise<readonly Acknowledged[]> {
    const ref = this.#dice.pick(BRANCHES)
    return this.#push(repo, [{ ref, old: refs.get(ref), made: this.#make() }])
  }

  remove(repo: MovedRepository, refs: Refs): Promise<readonly Acknowledged[]> {
    const ref = this.#dice.pick(BRANCHES.slice(1).filter((branch) => refs.has(branch)))
    return this.#push(repo, [{ ref, old: refs.get(ref), made: null }])
  }

  async commit(repo: MovedRepository): Promise<readonly Acknowledged[]> {
    const name = this.#nextName()
    const changes = [{ action: 'put', path: `${name}.txt`, content: name }]
    const { sha } = await this.#rest(repo, '/commits', { branch: 'main', message: name, changes })
    return [{ repoId: repo.id, ref: 'refs/heads/main', newOid: sha as string }]
  }

  async tag(repo: MovedRepository): Promise<readonly Acknowledged[]> {
    const name = this.#nextName()
    await this.#rest(repo, '/tags', { name, target: 'main', message: name })
    const newOid = (await this.#refs(repo)).get(`refs/tags/${name}`)
    return newOid === undefined ? [] : [{ repoId: repo.id, ref: `refs/tags/${name}`, newOid }]
  }

  /** A branch of its own by git, then a pull request that is merged. */
  async merge(repo: MovedRepository, refs: Refs): Promise<readonly Acknowledged[]> {
    const sourceBranch = this.#nextName()
    const made = this.#make(refs.get('refs/heads/main'))
    const pushed = await this.#push(repo, [{ ref: `refs/heads/${sourceBranch}`, old: undefined, made }])
    this.acknowledged.push(...pushed)
    const { number } = await this.#rest(repo, '/pulls', { title: 'x', sourceBranch, targetBranch: 'main' })
    const merged = await this.#rest(repo, `/pulls/${number as number}/merge`, { strategy: 'merge' })
    return [{ repoId: repo.id, ref: 'refs/heads/main', newOid: merged['mergeCommitSha'] as string }]
  }

  async #push(
    repo: MovedRepository,
    moves: readonly { ref: string; old: string | undefined; made: MadeObject | null }[],
  ): Promise<readonly Acknowledged[]> {
    const made = moves.flatMap((move) => move.made ?? [])
    const updates = moves.map(({ ref, old = ZERO, made }) => ({ ref, old, new: made?.oid ?? ZERO }))
    const pack = makePack([EMPTY_TREE, ...made].map(({ entry }) => entry))
    const body = pushBody({ updates, ...(made.length > 0 ? { pack } : {}) })
    const type = { 'content-type': 'application/x-git-receive-pack-request' }
    const answer = await this.#fetch(`/${repo.path}.git/git-receive-pack`, { body, headers: type })
    const { report } = readBands(answer)
    return updates
      .filter(({ ref }) => report.includes(`ok ${ref}`))
      .map((update) => ({ repoId: repo.id, ref: update.ref, newOid: update.new }))
  }

  async #rest(repo: MovedRepository, path: string, fields: object): Promise<Record<string, unknown>> {
    const type = { 'content-type': 'application/json' }
    const body = Buffer.from(JSON.stringify(fields))
    const answer = await this.#fetch(`/repos/${repo.path}${path}`, { body, headers: type })
    return JSON.parse(answer.toString()) as Record<string, unknown>
  }

  async #refs(repo: MovedRepository): Promise<Refs> {
    const answer = await this.#fetch(`/${repo.path}.git/info/refs?service=git-receive-pack`, {})
    const lines = readLines(answer).map((line) => line.split('\0')[0]!.split(' '))
    return new Map(
      lines.flatMap(([oid = '', ref = '']) => (ref.startsWith('refs/') ? [[ref, oid] as const] : [])),
    )
  }

  async #fetch(
    path: string,
    { body, headers }: { body?: Buffer; headers?: Record<string, string> },
  ): Promise<Buffer> {
    const answer = await fetch((await this.#parts.origin()) + path, {
      method: body ? 'POST' : 'GET',
      headers: { ...this.#parts.headers, ...headers },
      ...(body ? { body } : {}),
    })
    const bytes = Buffer.from(await answer.arrayBuffer())
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${bytes.toString()}`)
    return bytes
  }

  #make(parent?: string): MadeObject {
    const who = 'M <m@example.test> 1700000000 +0000'
    const parents = parent === undefined ? '' : `parent ${parent}\n`
    return object(
      'commit',
      `tree ${EMPTY_TREE.oid}\n${parents}author ${who}\ncommitter ${who}\n\n${this.#nextName()}\n`,
    )
  }

  #nextName(): string {
    return `${this.#parts.name}-${this.#made++}`
  }
}
