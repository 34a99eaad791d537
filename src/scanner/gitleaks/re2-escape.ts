/** Reads what follows a backslash. @see github.com/google/re2/wiki/Syntax */
import type { ByteSet } from './byte-set.ts'
import { namedClass } from './named-classes.ts'
import { Re2Error, type Re2Source } from './re2-source.ts'

export type Escape =
  | { readonly kind: 'char'; readonly code: number }
  | { readonly kind: 'class'; readonly set: ByteSet }
  /** As JavaScript writes it. */
  | { readonly kind: 'assertion'; readonly source: string }

const CONTROLS: Readonly<Record<string, number>> = { a: 7, f: 12, n: 10, r: 13, t: 9, v: 11 }
const ASSERTIONS: Readonly<Record<string, string>> = { A: '^', z: '$', b: '\\b', B: '\\B' }

/** @param source behind the backslash @throws Re2Error */
export function readEscape(source: Re2Source): Escape {
  const number = source.match(/x\{([0-9A-Fa-f]{1,6})\}|x([0-9A-Fa-f]{2})/y)
  if (number !== null) return { kind: 'char', code: parseInt(number[1] ?? number[2] ?? '', 16) }
  const octal = source.match(/0[0-7]{0,2}|[1-7][0-7]{2}/y)
  if (octal !== null) return { kind: 'char', code: parseInt(octal[0], 8) }
  const code = source.next('a backslash at the end')
  const char = String.fromCodePoint(code)
  if (/[^0-9A-Za-z]/.test(char)) return { kind: 'char', code }
  const set = /[dswDSW]/.test(char) ? namedClass(char.toLowerCase(), char !== char.toLowerCase()) : null
  if (set !== null) return { kind: 'class', set }
  const control = CONTROLS[char]
  if (control !== undefined) return { kind: 'char', code: control }
  const assertion = ASSERTIONS[char]
  if (assertion !== undefined) return { kind: 'assertion', source: assertion }
  throw new Re2Error(/\d/.test(char) ? `no backreferences: \\${char}` : `\\${char} is not supported`)
}
