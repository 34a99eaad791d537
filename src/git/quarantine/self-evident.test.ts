import { join } from 'node:path'
import { Readable } from 'node:stream'
import { expect, test } from 'vitest'
import type { Oid } from '../../kernel/ids.ts'
import { testStore } from '../../../test/support/store.ts'
import { readLooseCommit } from './loose-commit.ts'
import { isSelfEvident } from './self-evident.ts'

test('a chain of new commits upon a known one needs no walk; anything else does', async () => {
  await using world = await testStore()
  const client = await world.newClient()
  const base = client.commit('base')
  const first = client.commit('first', { parents: [base] })
  const second = client.commit('second', { parents: [first] })
  const merge = client.commit('merge', { parents: [second, base] })
  const tag = client.git(
    ['mktag'],
    `object ${second}\ntype commit\ntag v1\ntagger A <a@b> 0 +0000\n\nv1\n`,
  ) as Oid
  const tagOfTree = client.git(
    ['mktag'],
    `object ${client.git(['rev-parse', `${second}^{tree}`])}\ntype tree\ntag t1\ntagger A <a@b> 0 +0000\n\nt1\n`,
  ) as Oid
  const objects = join(client.path, '.git/objects')
  const absent = 'f'.repeat(40) as Oid
  const orphan = client.commit('upon nothing that is here', { parents: [] })

  const seen = (tips: Oid[], known: Oid[], directory: string | null = objects, old?: Oid) =>
    isSelfEvident(
      {
        newIn: async (oid) => (directory === null ? null : readLooseCommit(directory, oid)),
        known: new Set(known),
        isInHistory: (oid) => Promise.resolve(oid === old),
      },
      tips,
    )

  expect(await seen([second], [base])).toBe(true)
  expect(await seen([merge], [base])).toBe(true)
  expect(await seen([orphan], [])).toBe(true)
  expect(await seen([tag], [base])).toBe(true)
  expect(await seen([base], [base], null)).toBe(true)
  expect(await seen([base], [], null, base)).toBe(true)
  expect(await seen([absent], [base])).toBe(false)
  expect(await seen([tagOfTree], [base])).toBe(false)
  expect(await seen([second], [base], null)).toBe(false)
})

test('a commit upon a parent that is nowhere is refused', async () => {
  await using world = await testStore()
  const client = await world.newClient()
  const repo = await world.newRepo()
  const base = client.commit('base')
  const next = client.commit('next', { parents: [base] })
  await using quarantine = world.store.openQuarantine(repo)
  const taken = quarantine
    .receive(packOf(client.pack([next], [base])), {})
    .then(() => quarantine.checkConnectivity([next], []))
  await expect(taken).rejects.toMatchObject({ code: 'PACK_REJECTED' })
})

test('a tree that lacks a blob is refused while it is unpacked', async () => {
  await using world = await testStore()
  const client = await world.newClient()
  const repo = await world.newRepo()
  const commit = client.commit('whole', { content: 'the blob' })
  const kept = client
    .git(['rev-list', '--objects', commit])
    .split('\n')
    .map((line) => line.slice(0, 40))
  const withoutBlob = client.packObjects(kept.slice(0, 2))
  await using quarantine = world.store.openQuarantine(repo)
  await expect(quarantine.receive(packOf(withoutBlob), {})).rejects.toMatchObject({ code: 'PACK_REJECTED' })
})

function packOf(bytes: Buffer): Readable {
  return Readable.from([bytes])
}
