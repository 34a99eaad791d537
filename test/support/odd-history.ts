/**
 * A history that a seed makes: branches and merges, clocks that go wrong, files that come, go and change
 * their kind, under names that nobody should use. Written as a stream for git-fast-import(1).
 */
import { Dice } from './dice.ts'

const DIRECTORIES = ['', 'src/', 'src/deep/er/', 'ünï/', '-dir/', 'a b/', '.../', '.hidden/']
/** One character a byte, so that a name need not be UTF-8. */
const NAMES = [
  'a',
  'b.txt',
  '-rf',
  '--help',
  'quo"te',
  "apo'strophe",
  'new\nline',
  'tab\t',
  bytes('ünïcode'),
  bytes('日本'),
  '..x',
  'spa ce ',
  'back\\slash',
  '100%25',
  'q?x=1#y&z',
  '*',
  ':(glob)x',
  'caf\xe9',
]
const MODES = ['100644', '100644', '100644', '100755', '120000', '160000'] as const

export const DIRECTORIES_OF_ODD_HISTORY: readonly string[] = DIRECTORIES.map((name) =>
  name.replace(/\/$/, ''),
)

type Files = ReadonlyMap<string, { readonly mode: string; readonly content: string }>

/** @returns the stream; its last commit is `refs/heads/main`, every tenth is tagged `at/<number>` */
export function oddHistory(seed: number, commits: number): Buffer {
  const dice = new Dice(seed)
  const made: Files[] = []
  const lines: string[] = []
  for (let i = 0; i < commits; i++) {
    const parents = parentsOf(dice, i)
    const base = made[parents[0] ?? -1] ?? new Map()
    const files = changed(dice, merged(dice, base, made[parents[1] ?? -1]), i)
    made.push(files)
    lines.push(...commit(dice, i, parents), ...changes(base, files), '')
    if (i % 10 === 9) lines.push(`reset refs/tags/at/${i + 1}`, `from :${i + 1}`, '')
  }
  return Buffer.from(`${lines.join('\n')}\ndone\n`, 'latin1')
}

/** Indices. Now and then a branch starts some way back, or a merge brings one home. */
function parentsOf(dice: Dice, i: number): number[] {
  if (i === 0) return []
  const recent = () => Math.max(0, i - 1 - dice.below(6))
  const first = dice.below(3) === 0 ? recent() : i - 1
  const second = dice.below(4) === 0 ? recent() : first
  return second === first ? [first] : [first, second]
}

/** Where both sides differ, either one is taken. */
function merged(dice: Dice, base: Files, other: Files | undefined): Files {
  if (!other) return base
  const files = new Map(base)
  for (const path of new Set([...base.keys(), ...other.keys()])) {
    if (dice.below(2) === 0) continue
    const theirs = other.get(path)
    if (theirs) files.set(path, theirs)
    else files.delete(path)
  }
  return files
}

function changed(dice: Dice, before: Files, i: number): Files {
  const files = new Map(before)
  for (let count = dice.below(4); count > 0; count--) {
    const path = bytes(dice.pick(DIRECTORIES)) + dice.pick(NAMES)
    if (dice.below(5) === 0) files.delete(path)
    else
      files.set(path, { mode: dice.pick(MODES), content: `${dice.below(5)} ${'x'.repeat(dice.below(40))}\n` })
  }
  if (i % 7 === 0) files.set('always', { mode: '100644', content: `${i}` })
  return files
}

function commit(dice: Dice, i: number, [first, second]: readonly number[]): string[] {
  const seconds = 1_700_000_000 + i * 60 + (dice.below(8) === 0 ? dice.below(4_000) - 2_000 : 0)
  return [
    'commit refs/heads/main',
    `mark :${i + 1}`,
    `committer Odd <odd@example.org> ${seconds} +0130`,
    data(`commit ${i}\n`),
    ...(first === undefined ? [] : [`from :${first + 1}`]),
    ...(second === undefined ? [] : [`merge :${second + 1}`]),
  ]
}

function changes(before: Files, files: Files): string[] {
  const gone = [...before.keys()].filter((path) => !files.has(path)).map((path) => `D ${quoted(path)}`)
  const kept = [...files].filter(([path, file]) => before.get(path) !== file)
  return [
    ...gone,
    ...kept.flatMap(([path, { mode, content }]) =>
      mode === '160000'
        ? [`M 160000 ${'1'.repeat(40)} ${quoted(path)}`]
        : [`M ${mode} inline ${quoted(path)}`, data(content)],
    ),
  ]
}

function data(text: string): string {
  return `data ${text.length}\n${text}`
}

/** @see git-fast-import(1), <path> */
function quoted(path: string): string {
  const octal = (c: string) => `\\${c.charCodeAt(0).toString(8).padStart(3, '0')}`
  return `"${path.replace(/[^\w./-]/g, octal)}"`
}

function bytes(text: string): string {
  return Buffer.from(text).toString('latin1')
}
