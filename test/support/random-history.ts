/**
 * A history that a seed repeats: branches, merges, renames, all kinds of files, names that git quotes, times
 * that go back. Written by `git fast-import`, so no work tree has to be able to hold it.
 */
import { Dice } from './dice.ts'

interface File {
  readonly mode: '100644' | '100755' | '120000' | '160000'
  /** Of a submodule: an id. */
  readonly data: Buffer
}

interface Branch {
  readonly name: string
  tip: number | null
  files: Map<string, File>
}

const NAMES = [
  'plain.txt',
  'dir/deep/file.ts',
  'dir/other.ts',
  'with blank',
  'grüße/größe.txt',
  '日本.md',
  'new\nline',
  'tab\tand"quote',
  'a\ndiff --git a/x b/x',
  '-dash',
  ':(top)magic',
  'star*[x]?.c',
  'back\\slash',
  'trailing ',
]
const AUTHORS = ['Ada Lovelace <ada@example.org>', 'Jörg <j@example.org>', '<nobody@example.org>', 'C <>']
const MODES = ['100644', '100644', '100755', '120000', '160000'] as const

/** The stream for `git fast-import`; branches `main`, `left` and `right/side`. */
export function randomHistory(seed: number, commits: number): Buffer {
  const dice = new Dice(seed)
  const branches = ['main', 'left', 'right/side'].map((name): Branch => ({
    name,
    tip: null,
    files: new Map(),
  }))
  const parts: Buffer[] = []
  let time = 1_600_000_000
  for (let mark = 1; mark <= commits; mark++) {
    const branch = mark === 1 ? (branches[0] as Branch) : dice.pick(branches)
    const other = dice.pick(branches)
    if (branch.tip === null && other.tip !== null && dice.below(4) > 0) {
      branch.tip = other.tip
      branch.files = new Map(other.files)
    }
    const merged = mergedTip(dice, branch, other)
    for (let i = dice.below(4); i >= 0; i--) change(dice, branch.files)
    time += dice.pick([0, 0, 1, 60, 3_600, -500])
    parts.push(commitCommand(dice, { branch, mark, time, merged }))
    branch.tip = mark
  }
  return Buffer.concat([...parts, Buffer.from('done\n')])
}

function mergedTip(dice: Dice, branch: Branch, other: Branch): number | null {
  if (branch.tip === null || other.tip === null || branch.tip === other.tip || dice.below(5) > 0) return null
  branch.files = new Map([...other.files, ...branch.files])
  return other.tip
}

function change(dice: Dice, files: Map<string, File>): void {
  const name = dice.pick(NAMES)
  const file = files.get(name)
  const free = NAMES.find((candidate) => !files.has(candidate))
  switch (file === undefined ? 'write' : dice.pick(['edit', 'edit', 'edit', 'write', 'delete', 'rename'])) {
    case 'edit':
      if (file) files.set(name, edited(dice, file))
      break
    case 'delete':
      files.delete(name)
      break
    case 'rename':
      if (!file || free === undefined) return
      files.delete(name)
      files.set(free, dice.below(2) === 0 ? file : edited(dice, file))
      break
    default:
      files.set(name, written(dice))
  }
}

function written(dice: Dice): File {
  const mode = dice.pick(MODES)
  if (mode === '160000') return { mode, data: Buffer.from(idOf(dice)) }
  if (mode === '120000') return { mode, data: Buffer.from(dice.pick(NAMES)) }
  if (dice.below(6) === 0) return { mode, data: Buffer.from([0, 1, dice.below(256), 0xff]) }
  const lines = Array.from({ length: dice.below(30) }, () => lineOf(dice))
  return { mode, data: Buffer.from(lines.join('') + dice.pick(['', '', 'no line feed'])) }
}

function edited(dice: Dice, file: File): File {
  if (file.mode === '160000') return { ...file, data: Buffer.from(idOf(dice)) }
  if (file.mode === '120000') return { ...file, data: Buffer.from(dice.pick(NAMES)) }
  const lines = file.data.toString('latin1').split('\n')
  lines.splice(dice.below(lines.length), dice.below(2), lineOf(dice).trimEnd())
  const mode = dice.below(8) === 0 ? (file.mode === '100644' ? '100755' : '100644') : file.mode
  return { mode, data: Buffer.from(lines.join('\n'), 'latin1') }
}

function lineOf(dice: Dice): string {
  return `${dice.pick(['mill', 'store', 'diff --git a/x b/x', '--- a/x', '@@ -1 +1 @@', ''])} ${dice.below(9)}\n`
}

function idOf(dice: Dice): string {
  return Array.from({ length: 40 }, () => dice.below(16).toString(16)).join('')
}

interface NewCommit {
  readonly branch: Branch
  readonly mark: number
  readonly time: number
  readonly merged: number | null
}

/** @see git-fast-import(1), `commit` */
function commitCommand(dice: Dice, { branch, mark, time, merged }: NewCommit): Buffer {
  const message = Buffer.from(
    dice.pick(['', `change ${mark}\n`, `änderung ${mark}\n\nbody\n`, 'no line feed']),
  )
  const head = [
    `commit refs/heads/${branch.name}\nmark :${mark}\n`,
    `author ${dice.pick(AUTHORS)} ${time - dice.below(100)} +0130\n`,
    `committer ${dice.pick(AUTHORS)} ${time} -0500\n`,
    `data ${message.length}\n`,
  ]
  const links = [
    branch.tip === null ? '' : `from :${branch.tip}\n`,
    merged === null ? '' : `merge :${merged}\n`,
    'deleteall\n',
  ]
  const files = [...branch.files].flatMap(([name, { mode, data }]) =>
    mode === '160000'
      ? [Buffer.from(`M ${mode} ${data.toString()} ${quoted(name)}\n`)]
      : [Buffer.from(`M ${mode} inline ${quoted(name)}\ndata ${data.length}\n`), data, Buffer.from('\n')],
  )
  return Buffer.concat([
    Buffer.from(head.join('')),
    message,
    Buffer.from(`\n${links.join('')}`),
    ...files,
    Buffer.from('\n'),
  ])
}

function quoted(name: string): string {
  const bytes = [...Buffer.from(name)]
  return `"${bytes.map((byte) => `\\${byte.toString(8).padStart(3, '0')}`).join('')}"`
}
