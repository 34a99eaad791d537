/** Objects that no git would write, each with what git has against it. */
import type { ObjectType } from '../../../src/git/objects/object-type.ts'
import type { ObjectFormat } from '../../../src/kernel/ids.ts'
import { goodObjects } from './good-objects.ts'
import { HOSTILE_NAMES, NAMES_OF_NO_LINK } from './hostile-names.ts'
import { treeOf, WHO, type Entry } from './object-text.ts'

export interface Hostile {
  /** For the reader of a failure. */
  readonly what: string
  readonly type: ObjectType
  readonly content: Buffer
  /** Message of git; `null`: it takes it, perhaps with a warning. @see git-fsck(1), fsck.<msg-id> */
  readonly id: string | null
}

export function hostileObjects(format: ObjectFormat): Hostile[] {
  const good = goodObjects(format)
  const oidOf = (type: ObjectType) => good.find((object) => object.type === type)?.oid ?? ''
  const ids = { blob: oidOf('blob'), tree: oidOf('tree'), commit: oidOf('commit') }
  return [...hostileTrees(ids), ...namedTrees(ids), ...hostileCommits(ids), ...hostileTags(ids)]
}

interface Ids {
  readonly blob: string
  readonly tree: string
  readonly commit: string
}

function hostileTrees({ blob, tree }: Ids): Hostile[] {
  const file = (name: string, mode = '100644'): Entry => ({ mode, name, oid: blob })
  const directory = (name: string): Entry => ({ mode: '40000', name, oid: tree })
  const of = (what: string, id: string | null, ...entries: Entry[]): Hostile => ({
    what,
    type: 'tree',
    content: treeOf(entries),
    id,
  })
  const cut = (what: string, content: Buffer): Hostile => ({ what, type: 'tree', content, id: 'badTree' })
  const whole = treeOf([file('a'), file('b')])
  const zero = '0'.repeat(blob.length)
  return [
    of('names the wrong way round', 'treeNotSorted', file('b'), file('a')),
    of('a directory sorted as a file', 'treeNotSorted', directory('a'), file('a.b')),
    of('a file sorted as a directory', 'treeNotSorted', file('a.b'), file('a')),
    of('a directory before the file of its name', 'duplicateEntries', directory('a'), file('a')),
    of('a name twice', 'duplicateEntries', file('a'), file('a')),
    of('a directory twice', 'duplicateEntries', directory('a'), directory('a')),
    of('a file, then a directory of its name', 'duplicateEntries', file('a'), directory('a')),
    of('the same, others between', 'duplicateEntries', file('a'), file('a.b'), directory('a')),
    of('the same, two of them', 'duplicateEntries', file('a'), file('a-'), file('a-+'), directory('a-')),
    of('the outer of two', 'duplicateEntries', file('a'), file('a-'), directory('a-b'), directory('a')),
    of('a submodule, then a directory', 'duplicateEntries', file('a', '160000'), directory('a')),
    of('a zero id', 'nullSha1', { mode: '100644', name: 'a', oid: zero }),
    of('a submodule at the zero id', 'nullSha1', { mode: '160000', name: 'a', oid: zero }),
    of('a path', 'fullPathname', file('a/b')),
    of('a slash first', 'fullPathname', file('/a')),
    of('itself', 'hasDot', directory('.')),
    of('its parent', 'hasDotdot', directory('..')),
    of('modules as a link', 'gitmodulesSymlink', file('.gitmodules', '120000')),
    of('modules as a link, short', 'gitmodulesSymlink', file('GITMOD~1', '120000')),
    ...NAMES_OF_NO_LINK.map((name) => of(`${name} as a link`, null, file(name, '120000'))),
    of('a mode of group writers', null, file('a', '100664')),
    of('a mode of nobody', null, file('a', '100000')),
    of('a mode of a device', null, file('a', '20000')),
    of('a mode of eleven digits', null, file('a', '40000100644')),
    of('a mode with a zero before it', null, { ...directory('a'), mode: '040000' }),
    of('a mode of zero digits', 'badTree', file('a', '')),
    of('a mode in decimals', 'badTree', file('a', '100694')),
    of('a mode with a sign', 'badTree', file('a', '+100644')),
    of('an empty name', 'badTree', file('')),
    of('an empty name behind', 'badTree', file('a'), file('')),
    cut('a cut id', whole.subarray(0, -1)),
    cut('a byte too much', Buffer.concat([whole, Buffer.from('1')])),
    cut('no id at all', Buffer.from('100644 a\0')),
    cut('no name', Buffer.from('100644 ')),
    cut('a name without an end', Buffer.from('100644 '.padEnd(200, 'a'))),
    cut('digits without an end', Buffer.from('1'.repeat(200))),
    cut('spaces', Buffer.from(' '.repeat(200))),
  ]
}

function namedTrees({ blob, tree }: Ids): Hostile[] {
  return HOSTILE_NAMES.flatMap(({ name, id }) => [
    { what: `file ${name}`, type: 'tree', content: treeOf([{ mode: '100644', name, oid: blob }]), id },
    { what: `directory ${name}`, type: 'tree', content: treeOf([{ mode: '40000', name, oid: tree }]), id },
  ])
}

/** `null` in the place of a line: without it. */
function hostileCommits({ tree, commit }: Ids): Hostile[] {
  const lines = { tree: `tree ${tree}`, parent: `parent ${commit}`, author: `author ${WHO}` }
  const of = (what: string, id: string | null, changed: Record<string, string | null>, body = '\nx\n') => {
    const all = Object.values({ ...lines, committer: `committer ${WHO}`, ...changed })
    const header = all.flatMap((line) => (line === null ? [] : `${line}\n`)).join('')
    return { what, type: 'commit' as const, content: Buffer.from(`${header}${body}`, 'latin1'), id }
  }
  const raw = (what: string, id: string, text: string) => ({
    what,
    type: 'commit' as const,
    content: Buffer.from(text),
    id,
  })
  return [
    raw('nothing', 'unterminatedHeader', ''),
    raw('a line without an end', 'unterminatedHeader', `tree ${tree}`),
    raw('a message alone', 'missingTree', '\n\n'),
    of('a NUL in the header', 'nulInHeader', { extra: 'x \0' }),
    of('a NUL in the message', 'nulInCommit', {}, '\nx\0y\n'),
    of('no tree', 'missingTree', { tree: null }),
    of('a tree in its second line', 'missingTree', { tree: lines.parent, parent: lines.tree }),
    of('a short tree', 'badTreeSha1', { tree: lines.tree.slice(0, -1) }),
    of('a long tree', 'badTreeSha1', { tree: `${lines.tree}0` }),
    of('a tree that is no hex', 'badTreeSha1', { tree: `${lines.tree.slice(0, -1)}g` }),
    of('a tree in capitals', null, { tree: `tree ${tree.toUpperCase()}` }),
    of('a tree and a space', 'badTreeSha1', { tree: `${lines.tree} ` }),
    of('a short parent', 'badParentSha1', { parent: lines.parent.slice(0, -1) }),
    of('a parent that is no hex', 'badParentSha1', { parent: `${lines.parent.slice(0, -1)} ` }),
    of('a parent behind the author', 'missingCommitter', {
      parent: null,
      more: lines.parent,
      committer: null,
    }),
    of('no author', 'missingAuthor', { author: null }),
    of('two authors', 'multipleAuthors', { author: `${lines.author}\n${lines.author}` }),
    of('an author behind the committer', 'missingAuthor', { author: null, late: lines.author }),
    of('no committer', 'missingCommitter', { committer: null }),
    of('a line before the committer', 'missingCommitter', { committer: `x y\ncommitter ${WHO}` }),
    ...hostilePeople().flatMap(({ who, id }) => [
      of(`author ${who}`, id, { author: `author ${who}` }),
      of(`committer ${who}`, id, { committer: `committer ${who}` }),
    ]),
  ]
}

function hostilePeople(): { who: string; id: string | null }[] {
  return [
    { who: '', id: 'missingEmail' },
    { who: 'A', id: 'missingEmail' },
    { who: '<a> 1 +0000', id: 'missingNameBeforeEmail' },
    { who: 'A> <a> 1 +0000', id: 'badName' },
    { who: 'A<a> 1 +0000', id: 'missingSpaceBeforeEmail' },
    { who: 'A <a', id: 'badEmail' },
    { who: 'A <a<b> 1 +0000', id: 'badEmail' },
    { who: 'A <a>1 +0000', id: null },
    { who: 'A <a>', id: null },
    { who: 'A <a> ', id: 'badDate' },
    { who: 'A <a> x', id: 'badDate' },
    { who: 'A <a> 1', id: 'badDate' },
    { who: 'A <a> 1x +0000', id: 'badDate' },
    { who: 'A <a> 01 +0000', id: 'zeroPaddedDate' },
    { who: 'A <a> 0', id: 'zeroPaddedDate' },
    { who: 'A <a> 9223372036854775807 +0000', id: null },
    { who: 'A <a> 9223372036854775808 +0000', id: 'badDateOverflow' },
    { who: 'A <a> 18446744073709551615 +0000', id: 'badDateOverflow' },
    { who: 'A <a> 18446744073709551617 +0000', id: 'badDateOverflow' },
    { who: `A <a> ${'9'.repeat(400)} +0000`, id: 'badDateOverflow' },
    { who: 'A <a> 1 0000', id: null },
    { who: 'A <a> 1 +000', id: null },
    { who: 'A <a> 1 +00000', id: null },
    { who: 'A <a> 1 +0000 ', id: null },
    { who: 'A <a>  1 +0000', id: null },
  ]
}

function hostileTags({ commit }: Ids): Hostile[] {
  const of = (what: string, id: string | null, changed: Record<string, string | null>, body = '\nx\n') => {
    const lines = { object: `object ${commit}`, type: 'type commit', tag: 'tag v1', tagger: `tagger ${WHO}` }
    const all = Object.values({ ...lines, ...changed })
    const header = all.flatMap((line) => (line === null ? [] : `${line}\n`)).join('')
    return { what, type: 'tag' as const, content: Buffer.from(`${header}${body}`, 'latin1'), id }
  }
  return [
    of('a line without an end', 'unterminatedHeader', {}, 'x'),
    of('a NUL in the header', 'nulInHeader', { extra: '\0' }),
    of('a NUL in the message', null, {}, '\nx\0y\n'),
    of('no object', 'missingObject', { object: null }),
    of('a short id', 'badObjectSha1', { object: `object ${commit.slice(1)}` }),
    of('no type', 'missingTypeEntry', { type: null }),
    of('an empty type', 'badType', { type: 'type ' }),
    of('an unknown type', 'badType', { type: 'type commits' }),
    of('a type of any object', 'badType', { type: 'type constructor' }),
    of('no name', 'missingTagEntry', { tag: null }),
    of('an empty name', null, { tag: 'tag ' }),
    of('a name with a space', null, { tag: 'tag v 1' }),
    of('a name as of a lock', null, { tag: 'tag v1.lock' }),
    of('a name that is not UTF-8', null, { tag: 'tag v\xff' }),
    of('no tagger', null, { tagger: null }),
    of('another line', null, { extra: 'x y' }),
    of('a signature in the header', null, { extra: 'gpgsig -----BEGIN\n \n -----END' }),
    ...hostilePeople().map(({ who, id }) => of(`tagger ${who}`, id, { tagger: `tagger ${who}` })),
  ]
}
