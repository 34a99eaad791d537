/** The classes that RE2 knows by name. @see github.com/google/re2/wiki/Syntax */
import { ByteSet } from './byte-set.ts'

const RANGES: Readonly<Record<string, readonly (readonly [string, string])[]>> = {
  alnum: ranges('09', 'AZ', 'az'),
  alpha: ranges('AZ', 'az'),
  ascii: [['\0', '\x7f']],
  blank: ranges('\t\t', '  '),
  cntrl: ranges('\0\x1f', '\x7f\x7f'),
  digit: ranges('09'),
  graph: ranges('!~'),
  lower: ranges('az'),
  print: ranges(' ~'),
  punct: ranges('!/', ':@', '[`', '{~'),
  space: ranges('\t\r', '  '),
  upper: ranges('AZ'),
  word: ranges('09', 'AZ', 'az', '__'),
  xdigit: ranges('09', 'AF', 'af'),
  d: ranges('09'),
  s: ranges('\t\n', '\f\r', '  '),
  w: ranges('09', 'AZ', 'az', '__'),
}

/** @returns `null`: there is none of this name */
export function namedClass(name: string, negated: boolean): ByteSet | null {
  const set = new ByteSet()
  const known = Object.hasOwn(RANGES, name) ? RANGES[name] : undefined
  for (const [from, to] of known ?? []) set.add(from.charCodeAt(0), to.charCodeAt(0))
  return known === undefined ? null : negated ? set.complement() : set
}

function ranges(...pairs: string[]): [string, string][] {
  return pairs.map((pair) => [pair.charAt(0), pair.charAt(1)])
}
