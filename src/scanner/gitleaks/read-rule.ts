/** One rule of a file, its expressions rewritten. */
import type { Allowlist, Rule } from '../rule.ts'
import type { RawAllowlist, RawRule } from './schema.ts'
import { Re2Error } from './re2-source.ts'
import { translateRe2, type Translated } from './translate-re2.ts'

/** Says where something is wrong. */
export type Fail = (path: readonly PropertyKey[], what: string) => never

/**
 * @param base the rule of this id in the set that the file extends: what is not said here is as there
 * @param at where the rule stands in the file
 */
export function readRule(raw: RawRule, base: Rule | undefined, at: readonly PropertyKey[], fail: Fail): Rule {
  const regex = raw.regex === undefined ? null : expression(raw.regex, [...at, 'regex'], fail)
  if (regex === null && raw.path === undefined && base === undefined) fail(at, 'neither regex nor path')
  if ((raw.secretGroup ?? 0) > (regex?.groups ?? Infinity)) {
    fail([...at, 'secretGroup'], `the regex has ${String(regex?.groups)} groups`)
  }
  const from = base ?? bare(raw.id)
  return {
    ...from,
    ...(regex !== null && seenBy(regex)),
    ...given(raw),
    ...(raw.keywords && {
      keywords: raw.keywords.map((word) => asciiLower(word, [...at, 'keywords'], fail)),
    }),
    ...(raw.path !== undefined && { path: expression(raw.path, [...at, 'path'], fail).pattern }),
    allow: [...(from.allow ?? []), ...readAllowlists(raw, at, fail)],
  }
}

/** A rule that says nothing yet. */
function bare(id: string): Rule {
  const generic = id.startsWith('generic')
  const seen = { pattern: null, begins: 'around', view: 'lines' } as const
  return { id, description: id, keywords: [], secretGroup: 0, generic, ...seen }
}

/** What is taken as it stands. */
function given({ description, secretGroup, entropy, tags }: RawRule): Partial<Rule> {
  return {
    ...(description !== undefined && { description }),
    ...(secretGroup !== undefined && { secretGroup }),
    ...(entropy !== undefined && { entropy }),
    ...(tags !== undefined && { tags }),
  }
}
/** A new expression does not go with the check that was made for the old one. */
function seenBy({ pattern, spansLines }: Translated): Partial<Rule> {
  return { pattern, begins: 'around', view: spansLines ? 'wide' : 'lines', check: undefined }
}

/** Both ways of writing them. @param at of what they belong to */
export function readAllowlists(
  {
    allowlist,
    allowlists,
  }: { allowlist?: RawAllowlist | undefined; allowlists?: RawAllowlist[] | undefined },
  at: readonly PropertyKey[],
  fail: Fail,
): Allowlist[] {
  const one = allowlist === undefined ? [] : [readAllowlist(allowlist, [...at, 'allowlist'], fail)]
  return [...one, ...(allowlists ?? []).map((raw, i) => readAllowlist(raw, [...at, 'allowlists', i], fail))]
}

function readAllowlist(raw: RawAllowlist, at: readonly PropertyKey[], fail: Fail): Allowlist {
  const { regexTarget, commits, targetRules } = raw
  if (![raw.commits, raw.paths, raw.regexes, raw.stopwords].some((list) => list?.length)) {
    fail(at, 'an allowlist needs commits, paths, regexes or stopwords')
  }
  const all = (key: 'regexes' | 'paths') =>
    raw[key]?.map((text) => expression(text, [...at, key], fail).pattern)
  return {
    condition: /^(?:and|&&)$/i.test(raw.condition ?? 'OR') ? 'AND' : 'OR',
    ...(raw.regexes && { regexes: all('regexes') ?? [] }),
    ...(regexTarget && { regexTarget }),
    ...(raw.stopwords && { stopwords: raw.stopwords.map((word) => word.toLowerCase()) }),
    ...(raw.paths && { paths: all('paths') ?? [] }),
    ...(commits && { commits: commits.map((commit) => commit.toLowerCase()) }),
    ...(targetRules && { rules: targetRules }),
  }
}

function expression(text: string, at: readonly PropertyKey[], fail: Fail): Translated {
  try {
    return translateRe2(text)
  } catch (err) {
    if (err instanceof Re2Error) fail(at, err.message)
    throw err
  }
}

/** Keywords are looked for byte by byte. */
function asciiLower(keyword: string, at: readonly PropertyKey[], fail: Fail): string {
  if (!/^[\x01-\x7f]+$/.test(keyword)) fail(at, 'keywords are ASCII and not empty')
  return keyword.toLowerCase()
}
