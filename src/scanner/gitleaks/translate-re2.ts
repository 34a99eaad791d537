/**
 * Rewrites an expression of RE2 for JavaScript, to be used on bytes: text with one character for each. Both
 * find the same, but for two things: what is beyond ASCII in a class counts byte by byte, and the beginning
 * and the end of text are those of the view that a rule gets.
 *
 * @see github.com/google/re2/wiki/Syntax
 */
import { ByteSet, hex } from './byte-set.ts'
import { readClass } from './re2-class.ts'
import { readEscape } from './re2-escape.ts'
import { Re2Error, Re2Source } from './re2-source.ts'

export interface Translated {
  readonly pattern: RegExp
  /** It may match text of many lines. */
  readonly spansLines: boolean
  /** How many groups it has. */
  readonly groups: number
}

interface Flags {
  /** Letters match in either case. */
  readonly i: boolean
  /** `^` and `$` match at lines. */
  readonly m: boolean
  /** A dot matches a newline. */
  readonly s: boolean
}

/** Repeated more often than this, what matches a newline is meant to span lines. */
const FEW = 16
const QUANTIFIER = /(?:[*+?]|\{(\d+)(,(\d*))?\})\??/y

/** @throws Re2Error what is not supported, or no expression of RE2 */
export function translateRe2(expression: string): Translated {
  const translation = new Translation(expression)
  const source = translation.read()
  try {
    return { pattern: new RegExp(source), spansLines: translation.spansLines, groups: translation.groups }
  } catch (err) {
    throw new Re2Error(err instanceof Error ? err.message : String(err))
  }
}

class Translation {
  spansLines = false
  groups = 0
  readonly #source: Re2Source

  constructor(expression: string) {
    this.#source = new Re2Source(expression)
  }

  read(): string {
    const text = this.#alternatives({ i: false, m: false, s: false })
    if (!this.#source.done) throw new Re2Error('a group is closed that was not opened')
    return text
  }

  /** Up to the end of the group that it is in. */
  #alternatives(outer: Flags): string {
    let flags = outer
    let text = ''
    while (!this.#source.done && !this.#source.peek(')')) {
      const inline = this.#source.match(/\(\?([a-zA-Z-]+)\)/y)
      if (inline !== null) flags = withFlags(flags, inline[1] ?? '')
      else if (this.#source.take('|')) text += '|'
      else text += this.#repeated(flags)
    }
    return text
  }

  #repeated(flags: Flags): string {
    const { text, manyLines } = this.#atom(flags)
    const quantifier = this.#source.match(QUANTIFIER)
    if (quantifier === null) return text
    if (this.#source.match(QUANTIFIER) !== null || this.#source.peek('+')) {
      throw new Re2Error('possessive and repeated quantifiers are not supported')
    }
    if (manyLines && mayRepeatOften(quantifier)) this.spansLines = true
    return text + quantifier[0]
  }

  /** One thing that can be repeated. */
  #atom(flags: Flags): { text: string; manyLines: boolean } {
    const source = this.#source
    if (source.take('(')) return { text: this.#group(flags), manyLines: false }
    if (source.take('[')) return ofClass(readClass(source), flags)
    if (source.take('\\')) return this.#escaped(flags)
    if (source.take('.')) return ofClass(dot(flags), flags)
    if (source.take('^')) return { text: flags.m ? '(?<![^\\n])' : '^', manyLines: false }
    if (source.take('$')) return { text: flags.m ? '(?![^\\n])' : '$', manyLines: false }
    if (source.match(/[*+?]/y) !== null) throw new Re2Error('nothing to repeat')
    return { text: literal(source.next('unexpected end'), flags), manyLines: false }
  }

  #group(flags: Flags): string {
    const opening = this.#source.match(/\?P?<\w+>|\?([a-zA-Z-]*):/y)
    if (opening === null && this.#source.peek('?')) throw new Re2Error('looking ahead or behind is not RE2')
    const captures = opening === null || opening[1] === undefined
    if (captures) this.groups++
    const inner = this.#alternatives(withFlags(flags, opening?.[1] ?? ''))
    if (!this.#source.take(')')) throw new Re2Error('a group is not closed')
    return `${captures ? '(' : '(?:'}${inner})`
  }

  #escaped(flags: Flags): { text: string; manyLines: boolean } {
    const quoted = this.#source.match(/Q([^]*?)(?:\\E|$)/y)
    if (quoted !== null) return { text: allLiteral(quoted[1] ?? '', flags), manyLines: false }
    if (this.#source.take('C')) return ofClass(new ByteSet().complement(), flags)
    const escape = readEscape(this.#source)
    if (escape.kind === 'class') return ofClass(escape.set, flags)
    const text = escape.kind === 'assertion' ? escape.source : literal(escape.code, flags)
    return { text, manyLines: false }
  }
}

function withFlags(flags: Flags, changes: string): Flags {
  const [on = '', off = ''] = changes.split('-')
  const unknown = /[^ims]/.exec(on + off)
  if (unknown !== null) throw new Re2Error(`the flag ${unknown[0]} is not supported`)
  const set = (flag: keyof Flags) => (flags[flag] || on.includes(flag)) && !off.includes(flag)
  return { i: set('i'), m: set('m'), s: set('s') }
}

function ofClass(set: ByteSet, { i }: Flags): { text: string; manyLines: boolean } {
  const both = i ? set.folded() : set
  return { text: both.toString(), manyLines: both.has(0x0a) && both.has(0x61) }
}

function dot({ s }: Flags): ByteSet {
  const newline = new ByteSet()
  if (!s) newline.add(0x0a)
  return newline.complement()
}

function allLiteral(text: string, flags: Flags): string {
  return [...text].map((char) => literal(char.codePointAt(0) ?? 0, flags)).join('')
}

/** A character as the bytes that it is in UTF-8. */
function literal(code: number, { i }: Flags): string {
  const char = String.fromCodePoint(code)
  if (i && /[A-Za-z]/.test(char)) return `[${char.toUpperCase()}${char.toLowerCase()}]`
  const bytes = [...Buffer.from(char)].map(hex)
  return bytes.length > 1 ? `(?:${bytes.join('')})` : bytes.join('')
}

function mayRepeatOften([text, least, comma, most]: RegExpExecArray): boolean {
  if (text.startsWith('?')) return false
  if (least === undefined) return true
  if (comma === undefined) return Number(least) > FEW
  return most === '' || Number(most) > FEW
}
