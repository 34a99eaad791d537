/** What the probe says of an object is what git says, wherever and however git keeps it. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { ObjectProbe } from '../../src/git/objects/object-probe.ts'
import type { ObjectFormat } from '../../src/kernel/ids.ts'
import { GitWriter } from '../support/git-writer.ts'

const FORMATS: ObjectFormat[] = ['sha1', 'sha256']
const STORES: [string, string[] | null][] = [
  ['loose', null],
  ['packed', ['repack', '-q', '-a', '-d', '-f', '--depth=0']],
  ['packed as deltas by offset', ['repack', '-q', '-a', '-d', '-f', '--depth=50', '--window=50']],
  [
    'packed as deltas by id',
    ['-c', 'repack.useDeltaBaseOffset=false', 'repack', '-q', '-a', '-d', '-f', '--depth=50', '--window=50'],
  ],
]
const CASES = FORMATS.flatMap((format) => STORES.map(([store, repack]) => [format, store, repack] as const))

test.each(CASES)(
  'type and peeled value of each object are those of git (%s, %s)',
  (format, store, repack) => {
    using writer = new GitWriter(format)
    fill(writer)
    if (repack) writer.git(repack)
    if (store.includes('deltas')) expect(deltasAmongTags(writer)).toBeGreaterThan(0)
    compareAll(writer)
  },
)

test('objects of an alternate, relative and in a chain, are found', () => {
  using first = new GitWriter()
  using second = new GitWriter()
  using third = new GitWriter()
  fill(first)
  first.git(['repack', '-q', '-a', '-d'])
  borrow(second, `${first.repo.path}/objects`)
  borrow(third, `../../../${second.repo.path.split('/').slice(-2).join('/')}/objects`)
  compareAll(third, first)
})

test('an object that a repack moves while the probe is open is still found', () => {
  using writer = new GitWriter()
  const oid = writer.commit('moved')
  writer.git(['update-ref', 'refs/heads/main', oid])
  using probe = new ObjectProbe(writer.repo)
  expect(probe.type('0'.repeat(40))).toBeNull() // the packs are listed now: there are none
  writer.git(['repack', '-q', '-a', '-d'])
  expect(probe.type(oid)).toBe('commit')
})

test('an object is still read whose pack is removed after the probe has seen it', () => {
  using writer = new GitWriter()
  const tag = writer.tagObject(writer.commit('packed'), 'commit', 'v1')
  writer.git(['update-ref', 'refs/tags/v1', tag])
  writer.git(['repack', '-q', '-a', '-d'])
  using probe = new ObjectProbe(writer.repo)
  expect(probe.type('0'.repeat(40))).toBeNull() // the packs are listed, and none was read yet
  const more = writer.commit('more')
  writer.git(['update-ref', 'refs/heads/more', more])
  writer.git(['repack', '-q', '-a', '-d'])
  expect([probe.type(tag), probe.type(more)]).toEqual(['tag', 'commit'])
})

test('a damaged loose tag is neither read nor followed, and nothing is thrown', () => {
  using writer = new GitWriter()
  const tag = writer.tagObject(writer.commit('x'), 'commit', 'v1')
  const path = `${writer.repo.path}/objects/${tag.slice(0, 2)}/${tag.slice(2)}`
  writer.git(['update-ref', 'refs/tags/v1', tag])
  writer.replace(path, Buffer.from('not zlib'))
  using probe = new ObjectProbe(writer.repo)
  expect([probe.type(tag), probe.peel(tag)]).toEqual([null, null])
})

/** Commits, trees, blobs, tags of each of them, and tags of tags. */
function fill(writer: GitWriter): void {
  const blob = writer.git(['hash-object', '-w', '--stdin'], 'content')
  const tree = writer.git(['mktree'], `100644 blob ${blob}\tfile\n`)
  const commits = [...Array(5).keys()].map((n) => writer.commit(`${n}`))
  const tags = commits.map((oid, i) => writer.tagObject(oid, 'commit', `v${i}`))
  const nested = tags.map((oid, i) => writer.tagObject(oid, 'tag', `nested${i}`))
  const others = [writer.tagObject(blob, 'blob', 'blob'), writer.tagObject(tree, 'tree', 'tree')]
  const all = [...commits, ...tags, ...nested, ...others]
  writer.git(['update-ref', '--stdin'], all.map((oid, i) => `create refs/tags/t${i} ${oid}\n`).join(''))
}

function compareAll(reader: GitWriter, owner = reader): void {
  using probe = new ObjectProbe(reader.repo)
  const all = owner
    .git(['cat-file', '--batch-all-objects', '--batch-check=%(objectname) %(objecttype)'])
    .split('\n')
  expect(all.length).toBeGreaterThan(10)
  for (const line of all) {
    const [oid = '', type] = line.split(' ')
    const peeled = owner.git(['rev-parse', `${oid}^{}`])
    expect([oid, probe.type(oid), probe.peel(oid)]).toEqual([oid, type, peeled === oid ? null : peeled])
  }
  expect(probe.type('12'.repeat(reader.repo.objectFormat === 'sha1' ? 20 : 32))).toBeNull()
}

function deltasAmongTags(writer: GitWriter): number {
  const lines = writer
    .git(['cat-file', '--batch-all-objects', '--batch-check=%(objecttype) %(deltabase)'])
    .split('\n')
  return lines.filter((line) => line.startsWith('tag ') && !/ 0+$/.test(line)).length
}

function borrow(writer: GitWriter, objects: string): void {
  mkdirSync(`${writer.repo.path}/objects/info`, { recursive: true })
  writeFileSync(`${writer.repo.path}/objects/info/alternates`, `# borrowed\n${objects}\n`)
}
