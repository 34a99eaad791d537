/** Small pushes that would make a read huge: the answer is cut or refused, and the server goes on. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { makePack, object, tree, type MadeObject } from '../support/hand-made-pack.ts'
import { pushBody, raw, readBands } from '../support/raw-git.ts'
import { world, type World } from '../support/world.ts'

let w: World
beforeAll(async () => {
  w = await world({ visibility: 'public', settings: { SLUICE_GIT_MEMORY_BYTES: '256MiB' } })
})
afterAll(() => w[Symbol.asyncDispose]())

const MEBIBYTE = 1024 * 1024
const blob = object('blob', 'x\n')

function commit(root: MadeObject, message: string, ...parents: readonly MadeObject[]): MadeObject {
  const who = 'M <m@example.test> 1700000000 +0000'
  const lines = parents.map(({ oid }) => `parent ${oid}\n`).join('')
  return object('commit', `tree ${root.oid}\n${lines}author ${who}\ncommitter ${who}\n\n${message}`)
}

/** Entries are numbered. */
function wideTree(entries: number): MadeObject {
  const name = (i: number) => String(i).padStart(7, '0')
  return tree(Array.from({ length: entries }, (_, i) => ({ name: name(i), oid: blob.oid })))
}

/** The last object is the tip of the branch. */
async function push(branch: string, ...objects: readonly MadeObject[]): Promise<void> {
  const updates = [{ ref: `refs/heads/${branch}`, new: objects.at(-1)?.oid ?? '' }]
  const body = pushBody({ updates, pack: makePack(objects.map(({ entry }) => entry)) })
  const answer = await raw(w.agent, `${w.repo.url}/git-receive-pack`, { body })
  expect(readBands(answer.body).report).toEqual(['unpack ok', `ok refs/heads/${branch}`])
}

async function read(path: string) {
  const answer = await fetch(`${w.url}/repos/acme/app/${path}`)
  const text = await answer.text()
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  return { status: answer.status, headers: answer.headers, bytes: text.length, json: JSON.parse(text) as any }
}

/** Two versions of a file: each line of the first one is followed by a new one in the second. */
function interleaved(lines: number): readonly [MadeObject, MadeObject] {
  const numbers = Array.from({ length: lines }, (_, i) => i)
  const old = numbers.map((i) => `line ${i}\n`).join('')
  return [object('blob', old), object('blob', numbers.map((i) => `line ${i}\nnew ${i}\n`).join(''))]
}

test('a blame tells a long subject short in each of its hunks (blame-subject-regression)', async () => {
  const [first, second] = interleaved(2_000)
  const [one, two] = [first, second].map(({ oid }) => tree([{ name: 'file', oid }])) as [
    MadeObject,
    MadeObject,
  ]
  const start = commit(one, 's'.repeat(10_000))
  await push('subjects', first, second, one, two, start, commit(two, 't'.repeat(10_000), start))
  const { status, json, bytes } = await read('blame/subjects/file')
  expect([status, json.length, bytes < 8 * MEBIBYTE]).toEqual([200, 4_000, true])
  expect(json[0].summary).toBe('s'.repeat(1_000))
})

test('a blame that repeats a long old name too often is refused (blame-path-regression)', async () => {
  const [first, second] = interleaved(400)
  const inside = tree([{ name: 'file', oid: first.oid }])
  const one = tree([{ name: 'd'.repeat(100_000), mode: '40000', oid: inside.oid }])
  const two = tree([{ name: 'file', oid: second.oid }])
  const start = commit(one, 'start')
  await push('renamed', first, second, inside, one, two, start, commit(two, 'rename', start))
  const { status, json } = await read('blame/renamed/file')
  expect(status).toBe(422)
  expect(json.error.details.reason).toMatch(/too large/)
  expect((await read('blame/renamed/file?startLine=1&endLine=2')).status).toBe(200)
})

test('a directory is listed up to 100,000 entries (wide-tree-regression)', async () => {
  const wide = wideTree(100_001)
  await push('wide', blob, wide, commit(wide, 'wide'))
  const { headers, json } = await read('tree/wide')
  expect([json.length, headers.get('x-truncated')]).toEqual([100_000, 'true'])
})

test('a long message at each of many entries ends the list (last-commit-message-regression)', async () => {
  const wide = wideTree(400)
  await push('told', blob, wide, commit(wide, 'm'.repeat(MEBIBYTE)))
  const { status, headers, json, bytes } = await read('tree/told?lastCommit=true')
  expect([status, headers.get('x-truncated'), json.length]).toEqual([200, 'true', 256])
  expect(bytes).toBeLessThan(20 * MEBIBYTE)
})

test('an id of fewer than seven digits names nothing, so that nobody can try them all (short-id-regression)', async () => {
  const root = tree([{ name: 'a', oid: blob.oid }])
  const tip = commit(root, 'an id to be guessed')
  await push('guessed', blob, root, tip)
  const statuses = [4, 6, 7].map(async (digits) => (await read(`commits/${tip.oid.slice(0, digits)}`)).status)
  expect(await Promise.all(statuses)).toEqual([404, 404, 200])
})

test('a tree that nobody makes by working is refused, not parsed (huge-tree-regression)', async () => {
  const huge = tree([{ name: 'n'.repeat(17 * MEBIBYTE), oid: blob.oid }])
  await push('huge', blob, huge, commit(huge, 'huge'))
  const { status, json } = await read('tree/huge')
  expect([status, json.error.details.reason]).toEqual([422, 'the tree is too large'])
})

test('long names above many files end a recursive list, and a search (long-path-regression)', async () => {
  const files = wideTree(1_000)
  const root = tree([{ name: 'd'.repeat(MEBIBYTE), mode: '40000', oid: files.oid }])
  await push('long', blob, files, root, commit(root, 'long'))
  for (const path of ['tree/long?recursive=true', 'search?q=x&ref=long&limit=1000']) {
    const { status, headers, bytes } = await read(path)
    expect([status, headers.has('x-truncated'), bytes < 40 * MEBIBYTE]).toEqual([200, true, true])
  }
})

test('commits and tags show no more than 64 KiB of a message (long-message-regression)', async () => {
  const root = tree([{ name: 'a', oid: blob.oid }])
  const tip = commit(root, `${'é'.repeat(MEBIBYTE)}\n`)
  await push('talkative', blob, root, tip)
  const { json } = await read('commits?ref=talkative')
  expect(json[0].message).toBe('é'.repeat(32 * 1024))
  const tag = object(
    'tag',
    `object ${tip.oid}\ntype commit\ntag t\ntagger M <m@x> 1 +0000\n\n${'b'.repeat(MEBIBYTE)}`,
  )
  const updates = [{ ref: 'refs/tags/t', new: tag.oid }]
  await raw(w.agent, `${w.repo.url}/git-receive-pack`, {
    body: pushBody({ updates, pack: makePack([tag.entry]) }),
  })
  expect((await read('tags')).json[0].message).toHaveLength(64 * 1024)
})

test('an archive of endless directories is refused, and is no fault of the server (archive-bomb-regression)', async () => {
  const levels = [tree(Array.from({ length: 10 }, (_, i) => ({ name: `f${i}`, oid: blob.oid })))]
  for (let level = 0; level < 9; level++) {
    const { oid } = levels[level] as MadeObject
    levels.push(tree(Array.from({ length: 10 }, (_, i) => ({ name: `d${i}`, mode: '40000', oid }))))
  }
  await push('bomb', blob, ...levels, commit(levels.at(-1) as MadeObject, 'bomb'))
  const { status, json } = await read('archive/bomb.tar')
  expect([status, json.error.code]).toEqual([422, 'UNPROCESSABLE'])
})
