/** Reads a class in brackets. @see github.com/google/re2/wiki/Syntax */
import { ByteSet } from './byte-set.ts'
import { namedClass } from './named-classes.ts'
import { readEscape } from './re2-escape.ts'
import { Re2Error, type Re2Source } from './re2-source.ts'

/** @param source behind the opening bracket; afterwards behind the closing one */
export function readClass(source: Re2Source): ByteSet {
  const negated = source.take('^')
  const set = new ByteSet()
  for (let first = true; first || !source.take(']'); first = false) readItem(source, set)
  return negated ? set.complement() : set
}

function readItem(source: Re2Source, set: ByteSet): void {
  const posix = source.match(/\[:(\^?)([a-z]+):\]/y)
  if (posix !== null) {
    const named = namedClass(posix[2] ?? '', posix[1] === '^')
    if (named === null || (posix[2]?.length ?? 0) < 2) throw new Re2Error(`no class ${posix[0]}`)
    set.addAll(named)
    return
  }
  const from = readMember(source)
  if (from instanceof ByteSet) set.addAll(from)
  else set.add(from, readRangeEnd(source, from))
}

function readRangeEnd(source: Re2Source, from: number): number {
  if (source.match(/-(?!\])/y) === null) return from
  const to = readMember(source)
  if (to instanceof ByteSet || to < from) throw new Re2Error('a range of a class is the wrong way round')
  return to
}

/** @returns a code point or a class */
function readMember(source: Re2Source): number | ByteSet {
  if (!source.take('\\')) return source.next('a class is not closed')
  const escape = readEscape(source)
  if (escape.kind === 'assertion') throw new Re2Error('an assertion within a class')
  return escape.kind === 'class' ? escape.set : escape.code
}
