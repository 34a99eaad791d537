/**
 * The part of a diff before its patches: one raw record for each file, then one of counted lines, their
 * fields ended by NUL. Parsed as it comes.
 *
 * @see git-diff-tree(1), RAW OUTPUT FORMAT and OTHER DIFF FORMATS, with `-z --raw --numstat`
 */
import type { DiffStatus } from './file-diff.ts'

export interface DiffRecord {
  readonly path: string
  readonly previousPath: string | null
  readonly status: DiffStatus
  readonly additions: number
  readonly deletions: number
  readonly binary: boolean
  /** Sections that this file has among the patches: two when it became another kind of file. */
  readonly sections: 1 | 2
}

type RawRecord = Omit<DiffRecord, 'additions' | 'deletions' | 'binary'> & { readonly key: string }
type Count = Pick<DiffRecord, 'additions' | 'deletions' | 'binary'>

const STATUSES: Readonly<Record<string, DiffStatus>> = {
  A: 'added',
  M: 'modified',
  D: 'deleted',
  R: 'renamed',
  C: 'copied',
  T: 'typechange',
}
const RAW = /^:(\d{6}) (\d{6}) [0-9a-f]+ [0-9a-f]+ ([A-Z])\d*$/
const COUNT = /^(\d+|-)\t(\d+|-)\t/
const UNCHANGED: Count = { additions: 0, deletions: 0, binary: false }

export class DiffRecords {
  readonly #raw: RawRecord[] = []
  /** By path, byte for byte: git leaves out what has no line to count. */
  readonly #counts = new Map<string, Count>()
  /** First field of a record whose paths are still to come. */
  #open: { readonly field: Buffer; readonly paths: Buffer[]; readonly wanted: number } | null = null

  /** @returns `false` at the empty field that ends the records: patches follow */
  take(field: Buffer): boolean {
    if (this.#open !== null) {
      this.#open.paths.push(field)
      if (this.#open.paths.length === this.#open.wanted) this.#close(this.#open.field, this.#open.paths)
      return true
    }
    if (field.length === 0) return false
    const wanted = pathsAfter(field)
    if (wanted === 0) this.#close(field, [])
    else this.#open = { field, paths: [], wanted }
    return true
  }

  /** In git's order, which is that of the patches. */
  all(): readonly DiffRecord[] {
    return this.#raw.map(({ key, ...record }) => ({ ...record, ...(this.#counts.get(key) ?? UNCHANGED) }))
  }

  #close(field: Buffer, paths: readonly Buffer[]): void {
    this.#open = null
    if (field[0] === COLON) this.#raw.push(parseRaw(field, paths))
    else {
      const [path, count] = parseCount(field, paths)
      this.#counts.set(path.toString('latin1'), count)
    }
  }
}

const COLON = 0x3a

/** How many fields of paths belong to a record that begins so. A counted one holds its path, unless there are two. */
function pathsAfter(field: Buffer): number {
  if (field[0] === COLON) return /[RC]\d*$/.test(field.toString('latin1')) ? 2 : 1
  return field.at(-1) === 0x09 ? 2 : 0
}

function parseRaw(field: Buffer, paths: readonly Buffer[]): RawRecord {
  const [, before = '', after = '', letter = ''] = RAW.exec(field.toString('latin1')) ?? []
  const status = STATUSES[letter]
  const path = paths.at(-1)
  if (status === undefined || path === undefined) throw new Error(`not a raw record: ${field.toString()}`)
  return {
    path: path.toString(),
    key: path.toString('latin1'),
    previousPath: paths.length === 2 ? String(paths[0]) : null,
    status,
    sections: isAnotherKind(before, after) ? 2 : 1,
  }
}

/** The first three digits are the kind of file; all zeros mean that there is none. */
function isAnotherKind(before: string, after: string): boolean {
  const [one, other] = [before.slice(0, 3), after.slice(0, 3)]
  return one !== other && one !== '000' && other !== '000'
}

function parseCount(field: Buffer, paths: readonly Buffer[]): [path: Buffer, count: Count] {
  const [start = '', added = '', deleted = ''] = COUNT.exec(field.toString('latin1')) ?? []
  if (start === '') throw new Error(`not a record of counted lines: ${field.toString()}`)
  const binary = added === '-'
  const count = { additions: binary ? 0 : Number(added), deletions: binary ? 0 : Number(deleted), binary }
  return [paths.at(-1) ?? field.subarray(start.length), count]
}
