/**
 * Globs of paths, as those who ask for tokens and webhooks write them: `*` any run and `?` any character of one
 * name, `[a-z]` one of several, `**` any number of directories, `\` before what is meant as it is.
 * Braces, `!` and the like are characters like any other. A file name may begin with a dot.
 *
 * Not by regular expressions: a few stars and a long path would keep one of these busy for years.
 */

/**
 * Does each path fit one of the globs; or, made with `some`, does any?
 *
 * @returns `null` when to tell takes more work than it is worth
 */
export type PathMatcher = (paths: readonly string[]) => boolean | null

/** Comparisons that one call may make: a fraction of a second. */
const MAX_STEPS = 20_000_000

export function pathMatcher(globs: readonly string[], which: 'every' | 'some' = 'every'): PathMatcher {
  const parsed = globs.map((glob) => glob.split('/').map(parseName))
  return (paths) => {
    const work = { left: MAX_STEPS }
    const fits = (path: string) => {
      const names = path.split('/')
      return parsed.some((glob) => matches(glob, names, ANY_DEPTH, nameFits(work), work))
    }
    const answer = which === 'every' ? paths.every(fits) : paths.some(fits)
    return work.left < 0 ? null : answer
  }
}

interface Work {
  left: number
}

type CharacterTest = (character: string) => boolean
const ANY_RUN = '*'
/** One name of a glob. */
type NamePattern = readonly (CharacterTest | typeof ANY_RUN)[] | typeof ANY_DEPTH
const ANY_DEPTH = '**'

function nameFits(work: Work) {
  return (pattern: NamePattern, name: string): boolean =>
    pattern !== ANY_DEPTH &&
    matches(pattern, name, ANY_RUN, (part, character) => part !== ANY_RUN && part(character), work)
}

/**
 * What a star takes is as short as may be; only the last star before a misfit has to take more. So the
 * time grows with the product of the two lengths, and no faster.
 *
 * @param fits is never asked of a star
 */
function matches<Part>(
  pattern: readonly Part[],
  text: readonly string[] | string,
  star: Part,
  fits: (part: Part, piece: string) => boolean,
  work: Work,
): boolean {
  let [at, p, afterStar, takenTo] = [0, 0, -1, 0]
  while (at < text.length) {
    if (work.left-- <= 0) return false
    const part = pattern[p]
    if (part === star) [afterStar, takenTo] = [++p, at]
    else if (part !== undefined && fits(part, text[at] ?? '')) [p, at] = [p + 1, at + 1]
    else if (afterStar >= 0) [p, at] = [afterStar, ++takenTo]
    else return false
  }
  return pattern.slice(p).every((part) => part === star)
}

function parseName(text: string): NamePattern {
  if (text === ANY_DEPTH) return ANY_DEPTH
  const parts: (CharacterTest | typeof ANY_RUN)[] = []
  for (let at = 0; at < text.length;) {
    const [part, length] = parsePart(text, at)
    parts.push(part)
    at += length
  }
  return parts
}

/** @returns also how many characters it takes */
function parsePart(text: string, at: number): [CharacterTest | typeof ANY_RUN, number] {
  const character = text.charAt(at)
  if (character === '*') return [ANY_RUN, 1]
  if (character === '?') return [() => true, 1]
  if (character === '[') return parseSet(text, at) ?? [isCharacter('['), 1]
  if (character === '\\' && at + 1 < text.length) return [isCharacter(text.charAt(at + 1)), 2]
  return [isCharacter(character), 1]
}

/** `[a-z_]`, or `[^a-z_]`; `]` at its beginning is one of them. `null`: it has no end, and is no set. */
function parseSet(text: string, at: number): [CharacterTest, number] | null {
  const negated = text.charAt(at + 1) === '^'
  const from = at + (negated ? 2 : 1)
  const end = text.indexOf(']', from + 1)
  if (end < 0) return null
  const members = text.slice(from, end).match(/.-.|./gs) ?? []
  const isOneOf = (c: string) =>
    members.some((m) => (m.length === 3 ? c >= m.charAt(0) && c <= m.charAt(2) : c === m))
  return [(c) => isOneOf(c) !== negated, end + 1 - at]
}

function isCharacter(wanted: string): CharacterTest {
  return (character) => character === wanted
}
