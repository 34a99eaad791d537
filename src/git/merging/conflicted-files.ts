/** Puts together what git says of each file that it could not merge. @see git-merge-tree(1), MISTAKES TO AVOID */
import { ScanPace } from '../refs/ref-scan-pace.ts'
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

/**
 * One for each file, then one for each conflict that is of no file alone, as of a directory renamed twice. Put
 * together as they are taken, because nobody may want all of them.
 */
export async function conflictedFiles({ staged, notes }: MergedTree): Promise<Iterable<ConflictedFile>> {
  const pace = new ScanPace()
  const conflicts = notes.filter(({ type }) => CONFLICT.test(type))
  const stagedAt = await byPath(pace, staged, ({ path }) => [path])
  const notesOn = await byPath(pace, conflicts, ({ paths }) => paths)
  const spread = await spreadOf(pace, conflicts, stagedAt)
  const left = await byPath(pace, staged, (file) => (spread.used.has(file) ? [] : [file.path]))
  return inOrder(conflicts, spread.files, { stagedAt, left, notesOn })
}

interface Spread {
  readonly files: readonly { readonly note: MergeNote; readonly sides: Sides }[]
  /** Versions of these files. */
  readonly used: ReadonlySet<StagedFile | null>
}

async function spreadOf(
  pace: ScanPace,
  conflicts: readonly MergeNote[],
  stagedAt: ByPath<StagedFile>,
): Promise<Spread> {
  const files: { note: MergeNote; sides: Sides }[] = []
  const used = new Set<StagedFile | null>()
  for (const note of conflicts) {
    if (pace.isOver()) await pace.rest()
    if (!SPREAD.has(note.type) || note.paths.length < 2) continue
    const sides = sidesOf(stagedAt, note.paths)
    files.push({ note, sides })
    for (const version of [sides.base, sides.ours, sides.theirs]) used.add(version)
  }
  return { files, used }
}

interface Indexes {
  readonly stagedAt: ByPath<StagedFile>
  /** Without what is spread. */
  readonly left: ByPath<StagedFile>
  readonly notesOn: ByPath<MergeNote>
}

function* inOrder(
  conflicts: readonly MergeNote[],
  spread: Spread['files'],
  { stagedAt, left, notesOn }: Indexes,
): Generator<ConflictedFile> {
  for (const { note, sides } of spread) yield spreadFile(note, sides)
  for (const path of left.keys()) yield plainFile(left, notesOn.get(path) ?? [], path)
  for (const note of conflicts)
    if (!note.paths.some((path) => stagedAt.has(path))) yield spreadFile(note, NO_SIDES)
}

type ByPath<T> = ReadonlyMap<string, readonly T[]>

/** There may be very many, so nobody looks through all of them for each. */
async function byPath<T>(
  pace: ScanPace,
  all: readonly T[],
  pathsOf: (one: T) => readonly string[],
): Promise<ByPath<T>> {
  const found = new Map<string, T[]>()
  for (const one of all) {
    if (pace.isOver()) await pace.rest()
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
