/** An attacker pushes what git's rules forbid: a server that takes small pushes itself answers as one that leaves all to git. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Oid } from '../../src/kernel/ids.ts'
import { packOf } from '../support/fsck/git-of.ts'
import { goodObjects } from '../support/fsck/good-objects.ts'
import { hostileObjects, type Hostile } from '../support/fsck/hostile-objects.ts'
import { objectOf, treeOf, WHO, type HashedObject } from '../support/fsck/object-text.ts'
import { readFiles } from '../support/fsck/read-files.ts'
import { pushBody, raw, readBands } from '../support/raw-git.ts'
import { world, type World } from '../support/world.ts'

const FORMAT = 'sha1'
const FILES_OF_EACH_NAME = 6
/** Of those that git takes, which are many. */
const ONE_IN = 4
const TOLERANT = ['badTimezone', 'missingSpaceBeforeDate'].flatMap((id) => ['-c', `fsck.${id}=ignore`])

interface Attack {
  readonly what: string
  readonly ref: string
  readonly tip: Oid
  readonly objects: readonly HashedObject[]
  /** `null`: git takes it. */
  readonly id: string | null
}

let quick: World
let plain: World
beforeAll(async () => {
  quick = await world({ objectFormat: FORMAT })
  plain = await world({ objectFormat: FORMAT, settings: { SLUICE_SMALL_PUSHES: 'off' } })
})
afterAll(async () => {
  await quick[Symbol.asyncDispose]()
  await plain[Symbol.asyncDispose]()
})

test.each([
  ['each kind of hostile object', ofEachMessage, 50],
  ['what stands in files that git itself reads', ofReadFiles, 10],
])(
  '%s is refused or taken as git does it, and nothing that was refused lands',
  async (_what, make, least) => {
    const attacks = make()
    expect(attacks.length).toBeGreaterThan(least)
    for (const attack of attacks) {
      const [answer, expected] = await Promise.all([push(quick, attack), push(plain, attack)])
      expect.soft(answer, attack.what).toEqual(expected)
      if (attack.id === null) continue
      expect.soft(expected.join('\n'), attack.what).toMatch(new RegExp(`^unpack .*(?:${attack.id}|invalid)`))
    }
    const [refs, objects] = [['for-each-ref'], ['cat-file', '--batch-all-objects', '--batch-check']]
    for (const look of [refs, objects])
      expect((await quick.onServer(...look)).output).toBe((await plain.onServer(...look)).output)
    const kept = (await quick.onServer(...objects)).output
    for (const { id, tip, what } of attacks) if (id !== null) expect.soft(kept, what).not.toContain(tip)
    expect((await quick.onServer(...TOLERANT, 'fsck', '--no-dangling')).output).not.toMatch(/^error/m)
  },
)

async function push({ agent, repo }: World, { ref, tip, objects }: Attack): Promise<string[]> {
  const body = pushBody({ updates: [{ ref, new: tip }], pack: packOf(objects, FORMAT).pack })
  const answer = await raw(agent, `${repo.url}/git-receive-pack`, { body })
  expect(answer.status).toBe(200)
  return readBands(answer.body).report
}

/** One of each message and type, and some that git takes. */
function ofEachMessage(): Attack[] {
  const hostile = hostileObjects(FORMAT)
  const faults = new Map(hostile.map((each) => [`${each.type} ${each.id ?? ''}`, each]))
  const taken = hostile.filter(({ id }, at) => id === null && at % ONE_IN === 0)
  return [...new Set([...faults.values(), ...taken])].map(attackWith)
}

function attackWith({ what, type, content, id }: Hostile, at: number): Attack {
  const object = objectOf(type, content, FORMAT)
  const known = goodObjects(FORMAT).filter((good) => good.oid !== object.oid)
  const name = `${type}-${String(at)}`
  if (type !== 'tree') {
    const ref = type === 'tag' ? `refs/tags/${name}` : `refs/heads/${name}`
    return { what: `${type}: ${what}`, ref, tip: object.oid, objects: [...known, object], id }
  }
  return onBranch(`tree: ${what}`, name, object, known, id)
}

function ofReadFiles(): Attack[] {
  return Object.entries(readFiles(FORMAT)).flatMap(([name, blobs]) => {
    const step = Math.floor(blobs.length / FILES_OF_EACH_NAME)
    const chosen = blobs.filter((_, at) => at % step === 0)
    return chosen.map((blob, at) => {
      const tree = objectOf('tree', treeOf([{ mode: '100644', name, oid: blob.oid }]), FORMAT)
      const text = JSON.stringify(blob.content.toString('latin1'))
      return onBranch(`${name}: ${text}`, `${name.slice(1)}-${String(at)}`, tree, [blob], null)
    })
  })
}

function onBranch(
  what: string,
  name: string,
  tree: HashedObject,
  known: readonly HashedObject[],
  id: string | null,
): Attack {
  const text = `tree ${tree.oid}\nauthor ${WHO}\ncommitter ${WHO}\n\n${name}\n`
  const commit = objectOf('commit', text, FORMAT)
  return { what, ref: `refs/heads/${name}`, tip: commit.oid, objects: [...known, tree, commit], id }
}
