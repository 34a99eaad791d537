/** Our own rule pack, written from the public documentation of the formats. */
import { ruleSet, type RuleSet } from '../rule.ts'

/** The set `default`. */
export function defaultRules(): RuleSet {
  return ruleSet('default', [])
}
