/** Looks for secrets in one object that comes in pieces; holds some kilobytes of it, however large it is. */
import type { Finding } from '../finding.ts'
import { candidateOf, isLikely, placesOf, type Candidate } from './candidate.ts'
import type { CompiledRule, CompiledRules } from './compiled-rules.ts'
import { KeywordSearch } from './keyword-search.ts'
import { LineCounter } from './line-counter.ts'
import { withoutOverlaps, type Found } from './overlaps.ts'
import { isWide, readView, type ViewText } from './view-text.ts'
import { AHEAD, BEHIND, STRIDE, viewAround, viewFrom, viewOfStride } from './view.ts'

/** More than anybody reads; the object is refused all the same. */
const MAX_FINDINGS = 1000
const INLINE_ALLOW = /(?:gitleaks|sluice):allow/
const MAX_LINE = 4096
const NEWLINE = 0x0a
const EMPTY = Buffer.alloc(0)

/** A keyword whose surroundings have not been looked at yet. */
interface Hit {
  /** Offset of its last byte in the object. */
  readonly at: number
  readonly keywords: readonly number[]
}

type FoundHere = Found & { readonly finding: Finding }

export class ObjectScan {
  readonly #rules: CompiledRules
  readonly #search: KeywordSearch
  readonly #lines = new LineCounter()
  /** The end of what came, from the offset `#base` of the object on. */
  #held: Buffer = EMPTY
  #base = 0
  /** The same as text, once it is needed. */
  #text: string | null = null
  #hits: Hit[] = []
  /** Where rules without keywords look next. */
  #stride: number
  /** By number of rule, for either width of characters: where the last view of it covers keywords to. */
  readonly #covered: Record<'narrow' | 'wide', Float64Array>
  #found: FoundHere[] = []

  constructor(rules: CompiledRules) {
    this.#rules = rules
    this.#search = new KeywordSearch(rules.automaton)
    this.#stride = rules.everywhere.length > 0 ? 0 : Infinity
    this.#covered = { narrow: new Float64Array(rules.count), wide: new Float64Array(rules.count) }
  }

  /** @param piece not kept @param last no more will come */
  write(piece: Buffer, last: boolean): void {
    if (this.#isFull()) return
    const known = this.#held.length
    this.#held = known === 0 ? piece : Buffer.concat([this.#held, piece])
    this.#findKeywords(known)
    this.#lookAtHits(last ? Infinity : this.#base + this.#held.length - AHEAD)
    this.#text = null
    if (last) this.#held = EMPTY
    else this.#giveUpBefore(Math.min(this.#hits[0]?.at ?? Infinity, this.#base + this.#held.length - AHEAD))
  }

  end(): { findings: Finding[]; more: boolean } {
    return { findings: withoutOverlaps(this.#found).map(({ finding }) => finding), more: this.#isFull() }
  }

  #isFull(): boolean {
    return this.#found.length >= MAX_FINDINGS
  }

  #findKeywords(from: number): void {
    let at = this.#search.next(this.#held, from)
    while (at >= 0) {
      this.#hits.push({ at: this.#base + at, keywords: this.#search.found() })
      at = this.#search.next(this.#held, at + 1)
    }
  }

  /** In the order of the object, whatever its pieces are. @param before offset in the object */
  #lookAtHits(before: number): void {
    let done = 0
    for (const hit of this.#hits) {
      if (hit.at >= before) break
      this.#lookAtStrides(hit.at + 1)
      this.#lookAt(hit)
      done++
    }
    this.#hits = this.#hits.slice(done)
    this.#lookAtStrides(Math.min(before, this.#base + this.#held.length))
  }

  #lookAt({ at, keywords }: Hit): void {
    const local = at - this.#base
    for (const number of keywords) {
      const keyword = this.#rules.keywords[number]
      for (const rule of keyword?.rules ?? []) {
        if (rule.rule.begins === 'keyword') this.#tryFrom(rule, local, keyword?.bytes ?? 0)
        else this.#tryAround(rule, local)
      }
    }
  }

  #tryFrom(rule: CompiledRule, at: number, keywordBytes: number): void {
    const view = readView(this.#heldText(), at, viewFrom(this.#held, at, rule.rule.view))
    rule.pattern.lastIndex = view.behindKeyword - keywordBytes
    const match = rule.pattern.exec(view.text)
    if (match !== null) this.#consider(candidateOf(rule, match), view)
  }

  #tryAround(rule: CompiledRule, at: number): void {
    const covered = this.#covered[isWide(this.#heldText(), at) ? 'wide' : 'narrow']
    if (this.#base + at < (covered[rule.number] ?? 0)) return
    const bounds = viewAround(this.#held, at, rule.rule.view)
    covered[rule.number] = this.#base + bounds.covers
    this.#tryAll(rule, readView(this.#heldText(), at, bounds))
  }

  #lookAtStrides(before: number): void {
    for (; this.#stride < before; this.#stride += STRIDE) {
      const at = this.#stride - this.#base
      for (const rule of this.#rules.everywhere) {
        this.#tryAll(rule, readView(this.#heldText(), at, viewOfStride(this.#held, at, rule.rule.view)))
      }
    }
  }

  #tryAll(rule: CompiledRule, view: ViewText): void {
    rule.pattern.lastIndex = 0
    for (;;) {
      const match = rule.pattern.exec(view.text)
      if (match === null) return
      if (match[0] === '') rule.pattern.lastIndex++
      else this.#consider(candidateOf(rule, match), view)
    }
  }

  #consider(candidate: Candidate, view: ViewText): void {
    if (this.#isFull() || !isLikely(candidate)) return
    const start = view.offset(candidate.index)
    const line = () => this.#lineAround(start)
    const places = placesOf(candidate, line)
    if (places === null) return
    this.#add(candidate, this.#base + start, {
      rule: candidate.rule.rule.id,
      ...this.#lines.locate(this.#held, this.#base, this.#base + start),
      secret: candidate.secret,
      inlineAllow: INLINE_ALLOW.test(line()),
      ...places,
    })
  }

  #add({ rule, secret }: Candidate, start: number, finding: Finding): void {
    const known = this.#found.some((one) => one.start === start && one.rule === rule.number)
    if (known) return
    const end = start + secret.length
    this.#found.push({ start, end, generic: rule.rule.generic ?? false, rule: rule.number, finding })
  }

  /** @param at index in what is held */
  #lineAround(at: number): string {
    const from = this.#held.lastIndexOf(NEWLINE, at) + 1
    const newline = this.#held.indexOf(NEWLINE, at)
    const to = newline < 0 ? this.#held.length : newline
    return this.#held.toString('latin1', Math.max(from, at - MAX_LINE), Math.min(to, at + MAX_LINE))
  }

  #heldText(): string {
    this.#text ??= this.#held.toString('latin1')
    return this.#text
  }

  #giveUpBefore(offset: number): void {
    const keep = Math.max(0, Math.min(offset, this.#stride) - BEHIND - this.#base)
    this.#lines.pass(this.#held, this.#base, this.#base + keep)
    this.#held = Buffer.from(this.#held.subarray(keep))
    this.#base += keep
  }
}
