/** How the rules of the pack are written down: what is said of each, and what goes without saying. */
import type { Allowlist, Rule } from '../rule.ts'

type Said = Pick<Rule, 'keywords'> &
  Partial<Pick<Rule, 'check' | 'entropy' | 'view' | 'begins' | 'generic'>> & {
    /** Title of the page that documents the format. */
    readonly reference: string
    readonly description: string
    /** The first group is the secret; without one, all of it. */
    readonly pattern: RegExp
  }

/** Not within a longer word, but behind an escape such as `\n` or `%3D`. */
const LEFT = '(?<!(?<!\\\\|%[0-9A-Fa-f])[0-9A-Za-z])'
const RIGHT = '(?![0-9A-Za-z])'

/** What stands in documents and tests where a secret would be. */
const PLACEHOLDERS: Allowlist = {
  condition: 'OR',
  stopwords: [
    'example',
    'placeholder',
    'redacted',
    'changeme',
    'change_me',
    'change-me',
    'your_',
    'your-',
    'insert_',
    'xxxxx',
    '*****',
    '.....',
    '000000',
    '123456789',
    'abcdefgh',
    'deadbeef',
    'abcdef0123',
    'test_token',
    'dummy',
    'notreal',
    'not-real',
  ],
}

/** A token with a shape of its own. */
export function token(id: string, { pattern, ...said }: Said): Rule {
  return {
    id,
    begins: 'keyword',
    view: 'lines',
    secretGroup: 0,
    entropy: 3,
    pattern: new RegExp(`${LEFT}(?:${pattern.source})${RIGHT}`, pattern.flags),
    allow: [PLACEHOLDERS],
    ...said,
  }
}

/**
 * A value with no shape of its own, assigned to a name that says whose it is and that it is secret.
 *
 * @param owner begins the name, lower case
 * @param value what is assigned; in either case
 */
export function assigned(
  id: string,
  owner: string,
  value: string,
  said: Omit<Said, 'pattern' | 'keywords'>,
): Rule {
  const name = `${owner}[\\w.-]{0,30}(?:key|token|secret|pass|pat)[\\w.-]{0,16}`
  return {
    ...token(id, { ...said, keywords: [owner], pattern: new RegExp('') }),
    pattern: new RegExp(`${name}${ASSIGN}(${value})${RIGHT}`, 'i'),
  }
}

/** Between a name and its value, in programs, JSON, YAML, shell and ini files. */
export const ASSIGN = '["\'\\]]{0,2}[ \\t]{0,8}(?:=>|:=|[=:])[ \\t]{0,8}["\'`]?'

/** A rule in which nothing goes without saying. */
export function rule(id: string, said: Said): Rule {
  return { id, begins: 'keyword', view: 'lines', secretGroup: 0, ...said }
}

/** Exceptions for text that documents. */
export const NO_PLACEHOLDERS: readonly Allowlist[] = [PLACEHOLDERS]
