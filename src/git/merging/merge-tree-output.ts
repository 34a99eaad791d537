/** What `git merge-tree --write-tree --stdin -z --messages` says of one merge. @see git-merge-tree(1), OUTPUT */
import { AppError } from '../../kernel/errors.ts'
import { parseOid, type Oid } from '../../kernel/ids.ts'
import { ScanPace } from '../refs/ref-scan-pace.ts'
import { NulFields } from './nul-fields.ts'

/** One version of a file that could not be merged. */
export interface StagedFile {
  readonly mode: string
  readonly oid: Oid
  /** 1: base, 2: ours, 3: theirs. */
  readonly stage: 1 | 2 | 3
  readonly path: string
}

export interface MergeNote {
  readonly paths: readonly string[]
  /** git's stable name of it, e.g. `CONFLICT (modify/delete)`. */
  readonly type: string
}

export interface MergedTree {
  readonly isClean: boolean
  /** With conflict markers in its files where it is not clean. */
  readonly tree: Oid
  readonly staged: readonly StagedFile[]
  readonly notes: readonly MergeNote[]
  /** Files whose content was put together from both sides. */
  readonly mergedPaths: readonly string[]
}

const STAGED = /^(\d{6}) ([0-9a-f]+) ([123])\t([^]+)$/
const COUNT = /^\d+$/
const CLEAN = '1'
const AUTO_MERGING = 'Auto-merging'

/**
 * Others have their turn in between: an output can be long.
 *
 * @throws AppError `GIT_FAILED` for anything else than such an output
 */
export async function parseMergeTree(output: string): Promise<MergedTree> {
  const pace = new ScanPace()
  const fields = new Fields(output)
  const status = fields.take()
  const tree = parseOid(fields.take())
  const staged: StagedFile[] = []
  for (const line of fields.untilEmpty()) {
    staged.push(parseStaged(line))
    if (pace.isOver()) await pace.rest()
  }
  const notes: MergeNote[] = []
  for (const count of fields.untilEmpty()) {
    if (!COUNT.test(count)) break // advice about submodules, which belongs to no field
    const paths = Array.from({ length: Number(count) }, () => fields.take())
    notes.push({ paths, type: fields.take() })
    fields.take() // the same in words
    if (pace.isOver()) await pace.rest()
  }
  const mergedPaths = notes.filter(({ type }) => type === AUTO_MERGING).flatMap(({ paths }) => paths)
  return { isClean: status === CLEAN, tree, staged, notes, mergedPaths }
}

function parseStaged(line: string): StagedFile {
  const [, mode = '', oid = '', stage, path = ''] = STAGED.exec(line) ?? []
  if (stage === undefined) throw unexpected(line)
  return { mode, oid: parseOid(oid), stage: Number(stage) as StagedFile['stage'], path }
}

/** A section ends in an empty one. */
class Fields {
  readonly #fields: NulFields

  constructor(output: string) {
    this.#fields = new NulFields(output)
  }

  take(): string {
    const field = this.#fields.next()
    if (field === null) throw unexpected('its end')
    return field
  }

  *untilEmpty(): Generator<string> {
    for (let field = this.take(); field !== ''; field = this.take()) yield field
  }
}

function unexpected(what: string): AppError {
  return new AppError('GIT_FAILED', { cause: new Error(`merge-tree: unexpected ${what.slice(0, 100)}`) })
}
