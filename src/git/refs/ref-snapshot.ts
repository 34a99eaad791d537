/**
 * The refs of a repository at one moment: HEAD, a table of packed refs and over it the loose ones.
 * Immutable but for the answers it remembers. How it is read from disk: ref-scan.ts.
 */
import { isRefName, isZero, type ObjectFormat, type Oid, oidLength, type RefName } from '../../kernel/ids.ts'
import { AnswerCache } from './answer-cache.ts'
import { type KnownRef, type RefForm, writeRef } from './ref-form.ts'
import { byteString, type NameRange, rangesOf, type RefSelection } from './ref-ranges.ts'
import { RefTableBuilder } from './ref-table-builder.ts'
import type { RefTable } from './ref-table.ts'

/** Names are byte strings. */
export type Head =
  /** `target`: the branch; `null` when HEAD is detached. */
  | {
      readonly kind: 'born'
      readonly oid: string
      readonly peeled: string | null
      readonly target: string | null
    }
  | { readonly kind: 'unborn'; readonly target: string }
  | { readonly kind: 'broken' }

/** A loose ref; with `known: null` it is not shown, but still hides a packed one of its name. */
export interface LooseRef {
  readonly name: string
  readonly known: KnownRef | null
}

/** A ref as rooms see it. Its object may be missing in a damaged repository. */
export interface ListedRef {
  readonly name: RefName
  readonly oid: Oid
  readonly peeled: Oid | null
}

export class RefSnapshot {
  readonly objectFormat: ObjectFormat
  readonly head: Head
  readonly answers: AnswerCache
  readonly #table: RefTable
  /** Ascending by name. */
  readonly #loose: readonly LooseRef[]

  constructor(parts: {
    objectFormat: ObjectFormat
    head: Head
    table: RefTable
    loose: readonly LooseRef[]
  }) {
    this.objectFormat = parts.objectFormat
    this.head = parts.head
    this.#table = parts.table
    this.#loose = parts.loose
    this.answers = new AnswerCache(MIN_ANSWER_BYTES + FULL_ANSWERS * this.#listBytes)
  }

  /** Most memory that this snapshot will ever take, in bytes. */
  get maxBytes(): number {
    return this.#table.maxBytes + this.#loose.length * LOOSE_REF_BYTES + this.answers.maxBytes
  }

  /** `null`: no such ref, or it cannot be read. Microseconds. */
  find(ref: RefName): ListedRef | null {
    const name = byteString(ref)
    const loose = this.#loose[this.#looseBound(name)]
    if (loose?.name === name) return loose.known && listed(loose.known)
    const index = this.#table.lowerBound(name)
    return this.#table.isNamed(index, name) ? listed(this.#table.at(index)) : null
  }

  /** In git's order. Broken refs and names that are not UTF-8 are left out: no room could write them. */
  *list(selection: RefSelection): Generator<ListedRef> {
    for (const piece of this.#pieces(selection)) {
      if ('known' in piece) yield* onlyListed(piece.known)
      else for (let i = piece.from; i < piece.to; i++) yield* onlyListed(this.#table.at(i))
    }
  }

  /** The packets of the selected refs, without HEAD, in git's order. */
  write(selection: RefSelection, form: RefForm): Buffer[] {
    const packets: Buffer[] = []
    for (const piece of this.#pieces(selection)) {
      if ('known' in piece) packets.push(writeRef(piece.known, form))
      else packets.push(this.#table.packets(form.peeled, piece.from, piece.to))
    }
    return packets
  }

  get #listBytes(): number {
    return this.#table.packets('omit', 0, this.#table.size).length + this.#loose.length * LOOSE_REF_BYTES
  }

  /** Runs of packed refs and single loose ones, in order of name. */
  *#pieces(selection: RefSelection): Generator<KnownPiece | TablePiece> {
    for (const range of rangesOf(selection)) yield* this.#piecesIn(range)
  }

  *#piecesIn({ start, end }: NameRange): Generator<KnownPiece | TablePiece> {
    let from = this.#table.lowerBound(start)
    const last = end === null ? this.#table.size : this.#table.lowerBound(end, from)
    for (let i = this.#looseBound(start); i < this.#loose.length; i++) {
      const { name, known } = this.#loose[i] as LooseRef
      if (end !== null && name >= end) break
      const to = this.#table.lowerBound(name, from)
      if (to > from) yield { from, to }
      if (known) yield { known }
      from = this.#table.isNamed(to, name) ? to + 1 : to
    }
    if (last > from) yield { from, to: last }
  }

  /** Index of the first loose ref whose name is not less than `name`. */
  #looseBound(name: string): number {
    let low = 0
    let high = this.#loose.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.#loose[middle] as LooseRef).name < name) low = middle + 1
      else high = middle
    }
    return low
  }
}

interface KnownPiece {
  readonly known: KnownRef
}
/** Indices in the table, `to` not included. */
interface TablePiece {
  readonly from: number
  readonly to: number
}

/** About what a loose ref takes in memory, with its part of a directory listing. */
const LOOSE_REF_BYTES = 400
const MIN_ANSWER_BYTES = 8 * 1024
/** How many times the whole list may be kept, in different forms. */
const FULL_ANSWERS = 3

/** What a repository shows that has no directory yet, or nothing in it. */
export function emptySnapshot(objectFormat: ObjectFormat, defaultBranch: RefName): RefSnapshot {
  return new RefSnapshot({
    objectFormat,
    head: { kind: 'unborn', target: byteString(defaultBranch) },
    table: new RefTableBuilder(oidLength(objectFormat), 0).build(),
    loose: [],
  })
}

function* onlyListed(ref: KnownRef): Generator<ListedRef> {
  const it = listed(ref)
  if (it !== null) yield it
}

function listed({ name, oid, peeled }: KnownRef): ListedRef | null {
  const text = Buffer.from(name, 'latin1').toString('utf8')
  if (!isRefName(text) || isZero(oid as Oid)) return null
  return { name: text, oid: oid as Oid, peeled: peeled as Oid | null }
}
