/** Many small pushes at once, spoken by hand so that no client slows them down: to many repositories, and into maintenance. */
import { Agent } from 'node:http'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { maintain } from '../../src/git/maintenance/maintain.ts'
import type { RepoId } from '../../src/kernel/ids.ts'
import { commit, makePack, object, tree, type MadeObject } from '../support/hand-made-pack.ts'
import { testLauncher } from '../support/launcher.ts'
import { metric } from '../support/metric.ts'
import { maintainNow, nextWhole } from '../support/maintained.ts'
import { pushBody, raw, readBands } from '../support/raw-git.ts'
import { world, type World } from '../support/world.ts'

let w: World
let agent: Agent
beforeAll(async () => {
  w = await world()
  agent = new Agent({ keepAlive: true, maxSockets: 64 })
})
afterAll(async () => {
  agent.destroy()
  await w[Symbol.asyncDispose]()
})

type Repo = World['repo']

interface Move {
  readonly ref: string
  readonly old?: string | undefined
  readonly new?: string
}

/** @returns the line about the ref */
async function push(repo: Repo, move: Move, objects: readonly MadeObject[]): Promise<string | undefined> {
  const pack = move.new === undefined ? undefined : makePack(objects.map(({ entry }) => entry))
  const { ref, old } = move
  const updates = [{ ref, ...(old ? { old } : {}), ...(move.new ? { new: move.new } : {}) }]
  const body = pushBody({ updates, ...(pack ? { pack } : {}) })
  const answer = await raw(w.owner, `${repo.url}/git-receive-pack`, { body, agent })
  expect(answer.status, answer.text).toBe(200)
  return readBands(answer.body).report[1]
}

/** A commit of one file, upon `parent`: the commit first. */
function change(content: string, parent: string | null): readonly [MadeObject, ...MadeObject[]] {
  const file = object('blob', content)
  const root = tree([{ name: 'a.txt', oid: file.oid }])
  if (parent === null) return [commit(root.oid), root, file]
  const who = 'M <m@example.test> 1700000000 +0000'
  const text = `tree ${root.oid}\nparent ${parent}\nauthor ${who}\ncommitter ${who}\n\n${content}\n`
  return [object('commit', text), root, file]
}

const numbers = (count: number) => Array.from({ length: count }, (_, i) => i)

test('of two hundred first pushes to twenty repositories at once each lands, and no git reads a pack', async () => {
  const repos = await Promise.all(numbers(20).map((n) => w.createRepo(`crowd-${n}`)))
  const started = w.sluice.processesStarted()
  const reports = await Promise.all(
    repos.flatMap((repo, r) =>
      numbers(10).map((n) => {
        const made = change(`${r} ${n}\n`, null)
        return push(repo, { ref: `refs/heads/b${n}`, new: made[0].oid }, made)
      }),
    ),
  )
  expect(reports).toEqual(repos.flatMap(() => numbers(10).map((n) => `ok refs/heads/b${n}`)))
  expect(await metric(w.url, 'sluice_small_pushes_taken_total')).toBe(reports.length)
  expect(w.sluice.processesStarted() - started).toBeLessThan(reports.length)
  for (const [r, repo] of repos.entries()) {
    w.repo = repo
    const { stdout } = await w.onServer('for-each-ref', '--format=%(objectname)')
    const heads = numbers(10).map((n) => change(`${r} ${n}\n`, null)[0].oid)
    expect(stdout.trim().split('\n')).toEqual(heads)
    const head = (await w.onServer('symbolic-ref', '--short', 'HEAD')).stdout.trim()
    const shown = (await (await w.owner.fetch(`${w.url}/repos/acme/crowd-${r}`)).json()) as object
    expect(shown).toMatchObject({ defaultBranch: expect.stringMatching(/^b\d$/) as string })
    expect(shown).toMatchObject({ defaultBranch: head })
  }
  expect((await w.onServer('fsck', '--strict')).output).toBe('')
}, 60_000)

const CLIENTS = 8
const ROUNDS = 2
/** In place of the two weeks for which what nobody reaches is kept: far longer than a push takes. */
const GRACE_MS = 3_000

/** Pushes until it is over: forward, back by force, and again what it had dropped. @returns its last acknowledged head */
async function pushOn(repo: Repo, name: string, isOver: () => boolean) {
  const ref = `refs/heads/${name}`
  const line: (readonly [MadeObject, ...MadeObject[]])[] = []
  let [head, pushes, refused]: [string | null, number, number] = [null, 0, 0]
  const move = async (to: string, objects: readonly MadeObject[]) => {
    const report = await push(repo, { ref, old: head ?? undefined, new: to }, objects)
    if (report === `ok ${ref}`) head = to
    else refused++
    pushes++
    return report
  }
  const forward = async () => {
    const made = change(`${name} ${line.length}\n`, head)
    expect(await move(made[0].oid, made)).toBe(`ok ${ref}`)
    line.push(made)
  }
  await forward()
  while (!isOver()) {
    await forward()
    await forward()
    const dropped = line.splice(-2)
    expect(await move(line.at(-1)![0].oid, [])).toBe(`ok ${ref}`)
    // brings only the last one: the server may have dropped what it stands on
    const blind = await move(dropped[1]![0].oid, dropped[1]!)
    expect(blind).toMatch(/^(ok|ng) refs\/heads\/\S+( missing necessary objects)?$/)
    if (blind?.startsWith('ok')) line.push(...dropped)
    else expect(await move(dropped[1]![0].oid, dropped.flat())).toBe(`ok ${ref}`)
  }
  return { ref, head, pushes, refused }
}

test('what eight clients push without a pause is all there, while the repository is looked after again and again', async () => {
  w.repo = await w.createRepo('racing')
  await using launcher = await testLauncher()
  const never = new AbortController().signal
  const dropOld = () => {
    const expiry = new Date(Date.now() - GRACE_MS).toISOString()
    const parts = { git: { launcher, memoryBytes: 2 ** 30 }, root: w.config.gitStorageRoot, expiry }
    const handle = { id: w.repo.id as RepoId, path: w.repo.path, objectFormat: 'sha1' } as const
    return maintain(parts, handle, { bitmap: true, whole: true }, never)
  }
  let over = false
  const pushing = numbers(CLIENTS).map((n) =>
    pushOn(w.repo, `c${n}`, () => over).finally(() => (over = true)),
  )
  const maintaining = async () => {
    for (let round = 0; round < ROUNDS && !over; round++) {
      if (round % 2 === 1) await nextWhole(w)
      await maintainNow(w)
      await dropOld()
    }
    over = true
  }
  const [, ...clients] = await Promise.all([maintaining(), ...pushing])
  const { stdout } = await w.onServer('for-each-ref', '--format=%(refname) %(objectname)')
  expect(stdout.trim().split('\n')).toEqual(clients.map(({ ref, head }) => `${ref} ${head}`))
  expect((await w.onServer('fsck', '--strict', '--no-dangling')).output).toBe('')
  expect((await w.onServer('commit-graph', 'verify')).code).toBe(0)
  const told = (await w.pushes()).filter(({ repoId }) => repoId === w.repo.id)
  expect(told.length).toBe(clients.reduce((sum, { pushes, refused }) => sum + pushes - refused, 0))
}, 60_000)
