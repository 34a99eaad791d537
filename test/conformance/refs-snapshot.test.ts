/** Ref snapshots of real repositories: never out of date, shared, bounded, and what they answer at the edges. */
import { renameSync, writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { emptySnapshot, type RefSnapshot } from '../../src/git/refs/ref-snapshot.ts'
import { RefSnapshots } from '../../src/git/refs/ref-snapshots.ts'
import {
  writeReceivePackAdvertisement,
  writeUploadPackAdvertisement,
} from '../../src/git/wire/advertisement.ts'
import { type LsRefsArgs, parseLsRefsArgs, writeLsRefs } from '../../src/git/wire/ls-refs.ts'
import { branchRef, type ObjectFormat, parseRefName, type RepoId } from '../../src/kernel/ids.ts'
import { AGENT, GitWriter } from '../support/git-writer.ts'

const MAIN = branchRef('main')
const MAX_BYTES = 1 << 24
const ALL = parseLsRefsArgs(['peel', 'symrefs', 'unborn'])
const FORMATS: ObjectFormat[] = ['sha1', 'sha256']
const HIDDEN = ['refs/internal/', 'refs/quarantine/']

function offer(writer: GitWriter, snapshot: RefSnapshot, hidden: readonly string[] = []) {
  return { objectFormat: writer.repo.objectFormat, agent: AGENT, snapshot, hidden }
}

function lsRefs(snapshot: RefSnapshot, args: LsRefsArgs = ALL, hidden: readonly string[] = []): string {
  return writeLsRefs(snapshot, args, hidden).toString('latin1')
}

/** A look at the files is believed for a millisecond. */
function letTrustEnd(): void {
  const start = performance.now()
  while (performance.now() - start <= 1.1);
}

/** Makes all ready for a move of main that then takes no longer than a rename. */
function moveOf(writer: GitWriter, oid: string): () => void {
  const path = `${writer.repo.path}/${MAIN}`
  writeFileSync(`${path}.lock`, `${oid}\n`)
  return () => renameSync(`${path}.lock`, path)
}

/** Files touched before this are no longer racy. */
function letClockMoveOn(): void {
  const start = Date.now()
  while (Date.now() - start < 25);
}

test('a ref that another writer moves is seen at once, however short the moment between two writes', async () => {
  using writer = new GitWriter()
  const commits = [writer.commit('1'), writer.commit('2')]
  const snapshots = new RefSnapshots({ maxBytes: MAX_BYTES })
  for (let i = 0; i < 300; i++) {
    const oid = commits[i % 2] as string
    writer.placeRef(MAIN, `${oid}\n`)
    letTrustEnd()
    expect((await snapshots.get(writer.repo)).find(MAIN)?.oid).toBe(oid)
  }
})

test('whoever asks after invalidate sees what was written before, though the files were looked at just now', async () => {
  using writer = new GitWriter()
  const commits = [writer.commit('1'), writer.commit('2')]
  writer.placeRef(MAIN, `${commits[1]}\n`)
  const snapshots = new RefSnapshots({ maxBytes: MAX_BYTES })
  for (let i = 0; i < 20; i++) {
    const move = moveOf(writer, commits[i % 2] as string)
    letClockMoveOn()
    await snapshots.get(writer.repo)
    await snapshots.get(writer.repo)
    move()
    snapshots.invalidate(writer.repo.id)
    expect((await snapshots.get(writer.repo)).find(MAIN)?.oid).toBe(commits[i % 2])
  }
})

test('whoever asks after invalidate sees what was written at any point of a scan that was running', async () => {
  using writer = new GitWriter()
  const commits = [writer.commit('1'), writer.commit('2')]
  writer.placeRef(MAIN, `${commits[1]}\n`)
  const snapshots = new RefSnapshots({ maxBytes: MAX_BYTES })
  for (let i = 0; i < 60; i++) {
    const move = moveOf(writer, commits[i % 2] as string)
    letClockMoveOn()
    snapshots.invalidate(writer.repo.id)
    const early = snapshots.get(writer.repo)
    for (let turn = 0; turn < i / 3; turn++) await Promise.resolve()
    move()
    snapshots.invalidate(writer.repo.id)
    const [, late] = await Promise.all([early, snapshots.get(writer.repo)])
    expect(late.find(MAIN)?.oid).toBe(commits[i % 2])
  }
})

test('callers who ask together share one scan', async () => {
  using writer = new GitWriter()
  const snapshots = new RefSnapshots({ maxBytes: MAX_BYTES })
  const [first, ...others] = await Promise.all([...Array(20)].map(() => snapshots.get(writer.repo)))
  expect(others.every((snapshot) => snapshot === first)).toBe(true)
})

test('a snapshot outlives a look at files that were touched but say the same', async () => {
  using writer = new GitWriter()
  const oid = writer.commit('1')
  writer.placeRef(MAIN, `${oid}\n`)
  const snapshots = new RefSnapshots({ maxBytes: MAX_BYTES })
  const first = await snapshots.get(writer.repo)
  writer.placeRef(MAIN, `${oid}\n`)
  snapshots.invalidate(writer.repo.id)
  expect(await snapshots.get(writer.repo)).toBe(first)
})

test('what was read longest ago makes room when the bound is reached', async () => {
  using writer = new GitWriter()
  const repos = [1, 2, 3].map((n) => ({
    ...writer.repo,
    id: `00000000-0000-4000-8000-00000000000${n}` as RepoId,
  }))
  const one = await new RefSnapshots({ maxBytes: MAX_BYTES }).get(writer.repo)
  const snapshots = new RefSnapshots({ maxBytes: 2 * one.maxBytes + 6000 })
  const first: RefSnapshot[] = []
  for (const repo of repos) first.push(await snapshots.get(repo))
  const again: RefSnapshot[] = []
  for (const repo of [...repos].reverse()) again.unshift(await snapshots.get(repo))
  expect(again.map((snapshot, i) => snapshot === first[i])).toEqual([false, true, true])
})

test('a directory without a repository is REPO_NOT_FOUND, and none is remembered', async () => {
  using writer = new GitWriter()
  const snapshots = new RefSnapshots({ maxBytes: MAX_BYTES })
  const gone = { ...writer.repo, path: `${writer.repo.path}/nothing` }
  await expect(snapshots.get(gone)).rejects.toMatchObject({ code: 'REPO_NOT_FOUND' })
  expect((await snapshots.get(writer.repo)).head.kind).toBe('unborn')
})

test.each(FORMATS)(
  'an empty repository answers as git does, and names its capabilities in v0 (%s)',
  async (format) => {
    using writer = new GitWriter(format)
    const snapshot = await new RefSnapshots({ maxBytes: MAX_BYTES }).get(writer.repo)
    expect(lsRefs(snapshot)).toBe(writer.lsRefs(['peel', 'symrefs', 'unborn']).toString('latin1'))
    expect(lsRefs(snapshot, parseLsRefsArgs(['unborn']))).toBe('0000')
    expect(lsRefs(emptySnapshot(format, MAIN))).toBe(lsRefs(snapshot))
    expect(writeReceivePackAdvertisement(offer(writer, snapshot))).toEqual(
      writer.advertise('receive-pack', 0),
    )
    const v0 = writeUploadPackAdvertisement({ ...offer(writer, snapshot), version: 0 }).toString('latin1')
    const zero = '0'.repeat(format === 'sha1' ? 40 : 64)
    expect(v0).toContain(`${zero} capabilities^{}\0multi_ack `)
    expect(v0).toContain(` object-format=${format} agent=${AGENT}\n0000`)
  },
)

test.each(FORMATS)('protocol v2 offers what git offers, to the byte (%s)', (format) => {
  using writer = new GitWriter(format)
  const ours = writeUploadPackAdvertisement({
    version: 2,
    objectFormat: format,
    agent: AGENT,
    hasBundles: false,
  })
  expect(ours.toString()).toBe(writer.advertise('upload-pack', 2).toString())
})

test('a detached HEAD has no target', async () => {
  using writer = new GitWriter()
  const oid = writer.commit('1')
  writer.git(['update-ref', '--no-deref', 'HEAD', oid])
  const snapshot = await new RefSnapshots({ maxBytes: MAX_BYTES }).get(writer.repo)
  expect(snapshot.head).toEqual({ kind: 'born', oid, peeled: null, target: null })
  expect(lsRefs(snapshot)).toBe(writer.lsRefs(['peel', 'symrefs', 'unborn']).toString('latin1'))
})

test('hidden refs do not exist for any kind of answer', async () => {
  using writer = new GitWriter()
  const oid = writer.commit('1')
  const names = ['heads/main', 'internal', 'internal/a', 'internalized/b', 'quarantine/c', 'tags/v1']
  for (const name of names.filter((n) => n !== 'internal')) writer.git(['update-ref', `refs/${name}`, oid])
  const snapshot = await new RefSnapshots({ maxBytes: MAX_BYTES }).get(writer.repo)
  const config = HIDDEN.map((prefix) => `transfer.hideRefs=${prefix}`)
  expect(writeUploadPackAdvertisement({ ...offer(writer, snapshot, HIDDEN), version: 0 })).toEqual(
    writer.advertise('upload-pack', 0, config),
  )
  expect(writeReceivePackAdvertisement(offer(writer, snapshot, HIDDEN))).toEqual(
    writer.advertise('receive-pack', 0, config),
  )
  const asked = lsRefs(snapshot, { ...ALL, prefixes: ['refs/internal/', 'refs/i', 'refs/q'] }, HIDDEN)
  expect(asked.match(/refs\/\S+/g)).toEqual(['refs/internalized/b'])
  expect(lsRefs(snapshot)).toContain('refs/internal/a')
})

test.each([
  ['without a header', ''],
  ['with peeled tags only', '# pack-refs with: peeled \n'],
  ['with all peeled, not sorted', '# pack-refs with: peeled fully-peeled \n'],
])('packed refs %s are read as git reads them', async (_, header) => {
  using writer = new GitWriter()
  const oid = writer.commit('1')
  const tag = writer.tagObject(oid, 'commit', 'v1')
  const lines = [
    `${tag} refs/tags/z\n^${oid}`,
    `${tag} refs/notes/b`,
    `${oid} refs/heads/main`,
    `${tag} refs/tags/a`,
  ]
  writeFileSync(`${writer.repo.path}/packed-refs`, `${header}${lines.join('\n')}\n`)
  const snapshot = await new RefSnapshots({ maxBytes: MAX_BYTES }).get(writer.repo)
  expect(lsRefs(snapshot)).toBe(writer.lsRefs(['peel', 'symrefs', 'unborn']).toString('latin1'))
  expect(writeUploadPackAdvertisement({ ...offer(writer, snapshot), version: 0 })).toEqual(
    writer.advertise('upload-pack', 0),
  )
})

test.each([10_000, 100_000])(
  '%i packed refs are answered as git does, in less than 600 bytes a ref',
  async (count) => {
    using writer = new GitWriter()
    const oid = writer.commit('1')
    const tag = writer.tagObject(oid, 'commit', 'v1')
    const number = (i: number) => String(i).padStart(6, '0')
    const branches = [...Array(count - 1000).keys()].map((i) => `${oid} refs/heads/topic/${number(i)}`)
    const tags = [...Array(1000).keys()].map((i) => `${tag} refs/tags/v${number(i)}\n^${oid}`)
    const header = '# pack-refs with: peeled fully-peeled sorted '
    writeFileSync(`${writer.repo.path}/packed-refs`, `${[header, ...branches, ...tags].join('\n')}\n`)
    writer.git(['update-ref', 'refs/heads/topic/000007', writer.commit('2')])
    writer.git(['update-ref', MAIN, oid])

    const started = performance.now()
    const snapshot = await new RefSnapshots({ maxBytes: MAX_BYTES }).get(writer.repo)
    const coldMs = performance.now() - started
    const all = writer.lsRefs(['peel', 'symrefs', 'unborn'])
    expect(writeLsRefs(snapshot, ALL, []).equals(all)).toBe(true)
    const few = [
      'peel',
      'ref-prefix HEAD',
      'ref-prefix refs/heads/topic/00000',
      'ref-prefix refs/tags/v00099',
    ]
    expect(lsRefs(snapshot, parseLsRefsArgs(few))).toBe(writer.lsRefs(few).toString('latin1'))
    const push = writeReceivePackAdvertisement(offer(writer, snapshot))
    expect(push.equals(writer.advertise('receive-pack', 0))).toBe(true)
    expect(snapshot.maxBytes).toBeLessThan(count * 600)
    const figures = `${count} refs: cold scan ${coldMs.toFixed(0)} ms, at most ${(snapshot.maxBytes / 1e6).toFixed(0)} MB`
    process.stdout.write(`${figures}\n`)
  },
)

test('one ref is found by name, with what it peels to', async () => {
  using writer = new GitWriter()
  const oid = writer.commit('1')
  const tag = writer.tagObject(oid, 'commit', 'v1')
  writer.git(['update-ref', 'refs/tags/v1', tag])
  writer.git(['pack-refs', '--all'])
  writer.git(['update-ref', MAIN, oid])
  const snapshot = await new RefSnapshots({ maxBytes: MAX_BYTES }).get(writer.repo)
  expect(snapshot.find(parseRefName('refs/tags/v1'))).toEqual({ name: 'refs/tags/v1', oid: tag, peeled: oid })
  expect(snapshot.find(MAIN)).toEqual({ name: MAIN, oid, peeled: null })
  expect(snapshot.find(branchRef('none'))).toBeNull()
})

test('an argument that git does not know is refused, and prefixes over the limit mean all refs', () => {
  expect(() => parseLsRefsArgs(['peel', 'sort'])).toThrow(
    expect.objectContaining({ code: 'MALFORMED_REQUEST' }),
  )
  const many = [...Array(65_536).keys()].map((i) => `ref-prefix refs/heads/${i}`)
  expect(parseLsRefsArgs(many).prefixes).toEqual([])
  expect(parseLsRefsArgs(['ref-prefix refs/heads/caf\ufffd']).prefixes).toEqual(['refs/heads/caf'])
})
