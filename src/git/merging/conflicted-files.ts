/** Puts together what git says of each file that it could not merge. @see git-merge-tree(1), MISTAKES TO AVOID */
import type { MergedTree, MergeNote, StagedFile } from './merge-tree-output.ts'

export interface ConflictedFile {
  readonly path: string
  readonly kind: string
  readonly base: StagedFile | null
  readonly ours: StagedFile | null
  readonly theirs: StagedFile | null
  /** Where its merged version lies in the merged tree: git puts a file aside that something is in the way of. */
  readonly mergedPath: string
}

/**
 * Of several words about one file the first here is the one that tells most. git says `contents` of all that
 * it could not put together, so that comes last.
 */
const KINDS: readonly (readonly [type: string, kind: string])[] = [
  ['CONFLICT (rename/rename)', 'rename/rename'],
  ['CONFLICT (rename/delete)', 'rename/delete'],
  ['CONFLICT (rename involved in collision)', 'rename/add'],
  ['CONFLICT (file/directory)', 'file/directory'],
  ['CONFLICT (modify/delete)', 'modify/delete'],
  ['CONFLICT (distinct modes)', 'mode'],
  ['CONFLICT (binary)', 'binary'],
  ['CONFLICT (contents)', 'content'],
]
const CONFLICT = /^CONFLICT ?\((.+)\)$/
const RENAMED_TWICE = 'CONFLICT (rename/rename)'
/** Their versions of one file stand under several names, of which the first is the file's own. */
const SPREAD: ReadonlySet<string> = new Set([RENAMED_TWICE, 'CONFLICT (distinct modes)'])
/** The name that git chose comes first. */
const PUT_ASIDE = 'CONFLICT (file/directory)'
const SUBMODULE_MODE = '160000'

/** One for each file, then one for each conflict that is of no file alone, as of a directory renamed twice. */
export function conflictedFiles({ staged, notes }: MergedTree): readonly ConflictedFile[] {
  const conflicts = notes.filter(({ type }) => CONFLICT.test(type))
  const stagedAt = byPath(staged, ({ path }) => [path])
  const notesOn = byPath(conflicts, ({ paths }) => paths)
  const spread = conflicts
    .filter(({ type, paths }) => SPREAD.has(type) && paths.length > 1)
    .map((note) => ({ note, sides: sidesOf(stagedAt, note.paths) }))
  const used = new Set(spread.flatMap(({ sides }) => Object.values(sides)))
  const left = byPath(
    staged.filter((file) => !used.has(file)),
    ({ path }) => [path],
  )
  const ofNoFile = conflicts.filter((note) => !note.paths.some((path) => stagedAt.has(path)))
  return [
    ...spread.map(({ note, sides }) => spreadFile(note, sides)),
    ...Array.from(left.keys(), (path) => plainFile(left, notesOn.get(path) ?? [], path)),
    ...ofNoFile.map((note) => spreadFile(note, NO_SIDES)),
  ]
}

type ByPath<T> = ReadonlyMap<string, readonly T[]>

/** There may be very many, so nobody looks through all of them for each. */
function byPath<T>(all: readonly T[], pathsOf: (one: T) => readonly string[]): ByPath<T> {
  const found = new Map<string, T[]>()
  for (const one of all) {
    for (const path of new Set(pathsOf(one))) {
      const others = found.get(path)
      if (others) others.push(one)
      else found.set(path, [one])
    }
  }
  return found
}

type Sides = Pick<ConflictedFile, 'base' | 'ours' | 'theirs'>

const NO_SIDES: Sides = { base: null, ours: null, theirs: null }

/** Our name for a file comes before theirs. */
function sidesOf(staged: ByPath<StagedFile>, paths: readonly string[]): Sides {
  const at = (stage: 1 | 2 | 3, names: readonly string[]) =>
    names.flatMap((name) => (staged.get(name) ?? []).filter((f) => f.stage === stage))[0] ?? null
  return { base: at(1, paths), ours: at(2, paths), theirs: at(3, paths.toReversed()) }
}

function plainFile(staged: ByPath<StagedFile>, notes: readonly MergeNote[], path: string): ConflictedFile {
  const aside = notes.find(({ type, paths }) => type === PUT_ASIDE && paths[0] === path)
  const ownPath = aside?.paths[1] ?? path
  const sides = sidesOf(staged, [path])
  return { path: ownPath, kind: kindOf(notes, sides), ...named(sides, ownPath), mergedPath: path }
}

function spreadFile({ type, paths }: MergeNote, sides: Sides): ConflictedFile {
  const [path = ''] = paths
  const kind = kindOf([{ type, paths }], sides)
  const isRenamed = type === RENAMED_TWICE
  return { path, kind, ...(isRenamed ? sides : named(sides, path)), mergedPath: path }
}

/** Under the file's own name: nobody but git has called it otherwise. */
function named({ base, ours, theirs }: Sides, path: string): Sides {
  const as = (file: StagedFile | null) => file && { ...file, path }
  return { base: as(base), ours: as(ours), theirs: as(theirs) }
}

function kindOf(notes: readonly MergeNote[], { base, ours, theirs }: Sides): string {
  const [, kind] = KINDS.find(([type]) => notes.some((note) => note.type === type)) ?? []
  if (kind === undefined) return CONFLICT.exec(notes[0]?.type ?? '')?.[1] ?? 'content' // git's own word
  if (kind !== 'content') return kind
  if ([base, ours, theirs].some((file) => file?.mode === SUBMODULE_MODE)) return 'submodule'
  return base === null ? 'add/add' : 'content'
}
