/** Objects as they stand in repositories: each refers only to others of them, and git has nothing against any. */
import type { ObjectType } from '../../../src/git/objects/object-type.ts'
import type { ObjectFormat } from '../../../src/kernel/ids.ts'
import { objectOf, sorted, treeOf, WHO, type Entry, type HashedObject } from './object-text.ts'

const BLOBS = 8
const SIGNATURE = 'gpgsig -----BEGIN PGP SIGNATURE-----\n \n iQEzBAABCAAdFiEE\n -----END PGP SIGNATURE-----\n'
/** Bytes as characters: the last two are `é` composed and not. */
const NAMES = [
  'README.md',
  'a',
  'a-b',
  'a.b',
  'a0',
  'src',
  '.gitignore',
  '.mailmap',
  'x\xc3\xa9',
  'xe\xcc\x81',
]

export function goodObjects(format: ObjectFormat): HashedObject[] {
  const make = (type: ObjectType, content: Buffer | string) => objectOf(type, content, format)
  const blobs = Array.from({ length: BLOBS }, (_, i) => make('blob', `blob ${String(i)}\n`))
  const trees = goodTrees(make, blobs)
  const commits = goodCommits(make, trees)
  return [...blobs, ...trees, ...commits, ...goodTags(make, [blobs, trees, commits])]
}

type Make = (type: ObjectType, content: Buffer | string) => HashedObject

function goodTrees(make: Make, blobs: readonly HashedObject[]): HashedObject[] {
  const oid = (i: number) => blobs[i % blobs.length]?.oid ?? ''
  const tree = (entries: readonly Entry[]) => make('tree', treeOf(sorted(entries)))
  const empty = tree([])
  const files = tree(NAMES.map((name, i) => ({ mode: '100644', name, oid: oid(i) })))
  const kinds = tree([
    { mode: '100644', name: 'file', oid: oid(0) },
    { mode: '100755', name: 'run', oid: oid(1) },
    { mode: '120000', name: 'link', oid: oid(2) },
    { mode: '40000', name: 'empty', oid: empty.oid },
    { mode: '160000', name: 'module', oid: files.oid },
  ])
  const wide = tree(
    Array.from({ length: 25 }, (_, i) => ({ mode: '100644', name: `file-${String(i)}.ts`, oid: oid(i) })),
  )
  const between = tree([
    { mode: '100644', name: 'foo.bar', oid: oid(0) },
    { mode: '100644', name: 'foo.bar.baz', oid: oid(1) },
    { mode: '40000', name: 'foo', oid: files.oid },
    { mode: '40000', name: 'foo.bar-', oid: kinds.oid },
    { mode: '100644', name: 'foo0', oid: oid(3) },
  ])
  return [empty, files, kinds, wide, between]
}

function goodCommits(make: Make, trees: readonly HashedObject[]): HashedObject[] {
  const tree = (i: number) => `tree ${trees[i % trees.length]?.oid ?? ''}\n`
  const people = `author ${WHO}\ncommitter ${WHO}\n`
  const root = make('commit', `${tree(1)}${people}\nFirst\n`)
  const second = make('commit', `${tree(2)}parent ${root.oid}\n${people}\nSecond\n\nLonger.\n`)
  const parents = `parent ${second.oid}\nparent ${root.oid}\n`
  return [
    root,
    second,
    make('commit', `${tree(3)}${parents}${people}${SIGNATURE}\nMerge\n`),
    make('commit', `${tree(4)}${parents}${people}encoding ISO-8859-1\n\n\xe9t\xe9\n`),
    make('commit', `${tree(0)}parent ${root.oid}\n${people}`),
    make('commit', `${tree(0)}author  <> 0 +0000\ncommitter x <x> 1 -1200\n\nNo name, no line feed`),
    make('commit', `${tree(1)}${people}mergetag object ${root.oid}\n type commit\n\nWith a tag\r\n`),
  ]
}

function goodTags(make: Make, targets: readonly (readonly HashedObject[])[]): HashedObject[] {
  const tag = ({ oid, type }: HashedObject, name: string, message: string) =>
    make('tag', `object ${oid}\ntype ${type}\ntag ${name}\ntagger ${WHO}\n${message}`)
  const tags = targets.flatMap((objects, i) =>
    objects.slice(0, 2).map((target, j) => tag(target, `v${String(i)}.${String(j)}`, '\nA tag\n')),
  )
  const signed = '\nSigned\n-----BEGIN PGP SIGNATURE-----\n\niQEz\n-----END PGP SIGNATURE-----\n'
  const outer = tags.slice(0, 2).map((target) => tag(target, 'of/a/tag', signed))
  return [...tags, ...outer, ...outer.map((target) => tag(target, 'gr\xc3\xbcn', ''))]
}
