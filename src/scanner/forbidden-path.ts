/** Rules without a pattern: a file is a finding by its path alone. */
import type { Allowlist, RuleSet } from './rule.ts'

/** @returns ids of the rules that allow no file at this path */
export function forbiddenPath({ rules, allow }: RuleSet, path: string): string[] {
  return rules
    .filter((rule) => rule.pattern === null && rule.path?.test(path))
    .filter((rule) => ![...allow, ...(rule.allow ?? [])].some((list) => exempts(list, rule.id, path)))
    .map((rule) => rule.id)
}

function exempts({ rules, condition, paths, ...others }: Allowlist, id: string, path: string): boolean {
  if (rules && !rules.includes(id)) return false
  const namesOthers = [others.regexes, others.stopwords, others.commits].some((list) => list?.length)
  return !(condition === 'AND' && namesOthers) && (paths ?? []).some((pattern) => pattern.test(path))
}
