/** Our rules for objects beside those of git, message by message. A newer git than that of `PATH` by `SLUICE_TEST_NEW_GIT`. */
import { describe, expect, test } from 'vitest'
import { checkObject, type Check } from '../../src/git/fsck/check-object.ts'
import type { ObjectFormat } from '../../src/kernel/ids.ts'
import { askFsck } from '../support/fsck/git-fsck.ts'
import { openScratch, packOf } from '../support/fsck/git-of.ts'
import { goodObjects } from '../support/fsck/good-objects.ts'
import { hostileObjects, type Hostile } from '../support/fsck/hostile-objects.ts'
import { objectOf, type HashedObject } from '../support/fsck/object-text.ts'
import { newerGit } from '../support/newer-git.ts'

const FORMATS: readonly ObjectFormat[] = ['sha1', 'sha256']
const GITS = { 'of the path': null, newer: newerGit() }

interface Looked extends Hostile {
  readonly object: HashedObject
  readonly ours: Check
}

describe.each(FORMATS)('objects of a %s repository', (format) => {
  const hostile = hostileObjects(format).map((each): Looked => {
    const object = objectOf(each.type, each.content, format)
    return { ...each, object, ours: checkObject(each.type, each.content, format) }
  })

  test('what git takes without a word is sound', async () => {
    const good = goodObjects(format)
    const unsound = good.filter(({ type, content }) => checkObject(type, content, format).kind !== 'sound')
    expect(unsound.map(({ content }) => content.toString('latin1'))).toEqual([])
    expect(await askFsck(good, format, null)).toEqual(new Map())
  })

  test.each(Object.entries(GITS).filter(([, directory]) => directory !== undefined))(
    'git fsck says nothing of what is sound, and of a fault what is said here: git %s',
    async (_name, git = null) => {
      const objects = new Map(hostile.map(({ object }) => [object.oid, object]))
      const named = await askFsck([...objects.values()], format, git)
      const wrong = hostile.filter((each) => isOtherwise(each, [...(named.get(each.object.oid) ?? [])]))
      expect(wrong.map(({ type, what, ours, object }) => [type, what, ours, named.get(object.oid)])).toEqual(
        [],
      )
    },
  )

  test('git index-pack --strict refuses what is a fault here', async () => {
    await using scratch = await openScratch(format, null)
    await scratch.add(goodObjects(format))
    const faults = new Map(
      hostile.flatMap((each) => (each.ours.kind === 'fault' ? [[each.ours.id, each] as const] : [])),
    )
    expect(faults.size).toBeGreaterThan(30)
    for (const [id, { what, object }] of faults) {
      const { pack } = packOf([object], format)
      const { code, stderr } = await scratch.run(['index-pack', '--strict', '--stdin'], pack)
      expect(code, what).toBe(128)
      expect(stderr, what).toMatch(new RegExp(`${id}: |fatal: invalid ${object.type}`))
    }
  })
})

/** @param said by git; `unreadable`: it did not come to the rules */
function isOtherwise({ ours, id }: Looked, said: readonly string[]): boolean {
  if (ours.kind.startsWith('sound')) return id !== null || said.length > 0
  const expected = [ours.kind === 'fault' ? ours.id : null, id].filter((each) => each !== null)
  return !said.includes('unreadable') && expected.some((each) => !said.includes(each))
}
