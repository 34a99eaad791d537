/** The rule sets of a server: our own, and those of a directory. */
import type { RuleSet } from './rule.ts'
import { defaultRules } from './rules/default-rules.ts'

/**
 * By name. `<name>.toml` is the set `<name>`; `default` is our own unless there is a `default.toml`.
 *
 * @param directory `null`: only our own
 * @throws RulesError with file and line
 */
export function readRuleSets(_directory: string | null): ReadonlyMap<string, RuleSet> {
  return new Map([['default', defaultRules()]])
}
