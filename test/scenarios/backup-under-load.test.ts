/** A backup of a server that is written to is the state at one position of its log: nothing else, nothing less. */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { backUpServer, type BackUpSummary } from '../../src/compose/backup.ts'
import { runGit, type Actor } from '../support/actor.ts'
import { realRefs, restored, toldRefs, type Restored } from '../support/backup.ts'
import { happening, overlay } from '../support/between.ts'
import { Dice } from '../support/dice.ts'
import { world, type World } from '../support/world.ts'

const BACKUPS = 3
const PUSHERS = 2
/** Before each backup. */
const PUSHES_BETWEEN = 8

/** Every repository is at what the log of the copy tells of it, to the last branch. */
async function expectAsTold(copy: Restored): Promise<void> {
  const told = await toldRefs(copy.database)
  const rows = await copy.database.kysely.selectFrom('repositories').select('id').execute()
  for (const { id } of rows)
    expect(await realRefs(copy.config.gitStorageRoot, id)).toEqual(told.get(id) ?? new Map())
}

class Load {
  readonly #world: World
  readonly #dice = new Dice(20_261_121)
  readonly #addresses: string[]
  /** New values of refs that were acknowledged. */
  readonly acknowledged = new Set<string>()
  #stopped = false
  #pushes = 0
  #waiting: { readonly at: number; readonly resolve: () => void }[] = []

  constructor(w: World, addresses: readonly string[]) {
    this.#world = w
    this.#addresses = [...addresses]
  }

  /** Resolves when so many more pushes were acknowledged, or when all is over. */
  more(pushes: number): Promise<void> {
    if (this.#stopped) return Promise.resolve()
    return new Promise((resolve) => this.#waiting.push({ at: this.#pushes + pushes, resolve }))
  }

  stop(): void {
    this.#stopped = true
    for (const { resolve } of this.#waiting) resolve()
  }

  async push(name: string): Promise<void> {
    const actor = await this.#world.actor(name, { accountId: this.#world.owner.accountId })
    await actor.start('unused')
    for (let n = 0; !this.#stopped; n++) await this.#one(actor, n)
  }

  /** Repositories come and go. */
  async make(): Promise<void> {
    const { owner, url } = this.#world
    for (let n = 0; !this.#stopped; n++) {
      const repo = await this.#world.createRepo(`short-lived-${n}`)
      this.#addresses[2] = repo.url
      await this.more(3)
      if (n % 2) await owner.fetch(`${url}/repos/acme/short-lived-${n}`, { method: 'DELETE' })
    }
  }

  /** As maintenance does: nothing that was reachable of late is thrown away. */
  async repack(paths: readonly string[]): Promise<void> {
    while (!this.#stopped) for (const cwd of paths) await runGit(['gc', '-q', '--prune=2.weeks.ago'], { cwd })
  }

  async #one(actor: Actor, n: number): Promise<void> {
    const branch = this.#dice.pick(['one', 'two', 'three/four'])
    const address = this.#dice.pick(this.#addresses)
    const kind = this.#dice.pick(['new', 'new', 'amended', 'deleted', 'many'] as const)
    await actor.commit('file', `${actor.name} ${n}`)
    const mine = `refs/heads/${actor.name}/${branch}`
    const refs = {
      new: [`HEAD:${mine}`],
      amended: [`+HEAD:${mine}`, '+HEAD:refs/heads/everybody'],
      deleted: [`:${mine}`],
      many: [`+HEAD:${mine}`, `HEAD:refs/tags/${actor.name}-${n}`, '+HEAD:refs/heads/everybody'],
    }[kind]
    if (kind === 'amended') await actor.ok('commit', '-q', '--amend', '-m', `again ${n}`)
    const head = await actor.ok('rev-parse', 'HEAD')
    const { code } = await actor.git('push', '-q', '--atomic', address, ...refs)
    if (code !== 0) return
    if (kind !== 'deleted') this.acknowledged.add(head)
    this.#pushes++
    for (const waiting of this.#waiting.filter(({ at }) => at <= this.#pushes)) waiting.resolve()
    this.#waiting = this.#waiting.filter(({ at }) => at > this.#pushes)
  }
}

test('backups beside pushes, deletions, repacks and new repositories are each at one position of the log', async () => {
  await using w = await world()
  const other = await w.createRepo('other')
  const load = new Load(w, [w.repo.url, other.url])
  const working = Promise.all([
    ...Array.from({ length: PUSHERS }, (_, n) => load.push(`pusher-${n}`)),
    load.make(),
    load.repack([w.repo.path, other.path]),
  ])
  const directory = join(w.dir, 'backups')
  await mkdir(directory)
  const taken: { readonly made: BackUpSummary; readonly acknowledged: readonly string[] }[] = []
  let beside = 0
  for (let n = 0; n < BACKUPS; n++) {
    await load.more(PUSHES_BETWEEN)
    const acknowledged = [...load.acknowledged]
    const destination = join(directory, String(n))
    const made = await backUpServer(w.config, Date, { destination, mode: n === 0 ? 'copy' : 'link' })
    taken.push({ made, acknowledged })
    await using live = await w.openDatabase()
    const later = live.kysely.selectFrom('events').select('sequence').where('sequence', '>', made.sequence)
    beside += (await later.execute()).length
  }
  load.stop()
  await working
  expect(beside).toBeGreaterThan(0)
  for (const { made, acknowledged } of taken) {
    expect(made.damaged).toEqual([])
    await using copy = await restored(made.path)
    await expectAsTold(copy)
    const events = await copy.database.kysely.selectFrom('events').select(['sequence', 'data']).execute()
    expect(Math.max(...events.map(({ sequence }) => sequence))).toBe(made.sequence)
    const log = events.map(({ data }) => data).join()
    expect(acknowledged.filter((oid) => !log.includes(oid))).toEqual([])
  }
}, 120_000)

test('a push whose refs have moved, but whose event is not written, is not in the backup', async () => {
  const [moved, goOn] = [happening(), happening()]
  let held = false
  await using w = await world({
    between: ({ store, intents }) => ({
      store,
      intents: overlay(intents, {
        complete: async (done) => {
          if (held) {
            moved.happen()
            await goOn.happened
          }
          await intents.complete(done)
        },
      }),
    }),
  })
  const { owner } = w
  await owner.start(w.repo.url)
  const first = await owner.commit('a', '1')
  await owner.ok('push', '-q', 'origin', 'main', 'main:kept', 'main:gone')
  await owner.commit('a', '2')
  held = true
  const pushing = owner.ok('push', '-q', 'origin', '+main', 'main:new', ':gone')
  await moved.happened
  const destination = join(w.dir, 'backup')
  await backUpServer(w.config, Date, { destination, mode: 'link' })
  goOn.happen()
  await pushing
  await using copy = await restored(destination)
  await expectAsTold(copy)
  expect(Object.fromEntries(await realRefs(copy.config.gitStorageRoot, w.repo.id))).toEqual({
    'refs/heads/main': first,
    'refs/heads/kept': first,
    'refs/heads/gone': first,
  })
})
