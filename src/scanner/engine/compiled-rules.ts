/** A rule set made ready to be applied. */
import { CHECKS, type Check } from '../checks/checks.ts'
import type { Allowlist, Rule, RuleSet } from '../rule.ts'
import { keywordAutomaton, type KeywordAutomaton } from './keyword-automaton.ts'

export interface CompiledRules {
  readonly automaton: KeywordAutomaton
  readonly keywords: readonly Keyword[]
  /** Rules without keywords. */
  readonly everywhere: readonly CompiledRule[]
  /** How many there are; each has a number below. */
  readonly count: number
}

export interface Keyword {
  readonly bytes: number
  readonly rules: readonly CompiledRule[]
}

export interface CompiledRule {
  readonly rule: Rule
  readonly number: number
  /** Sticky when the match begins with the keyword, else global. */
  readonly pattern: RegExp
  readonly check: Check | null
  /** Its own and those for all. */
  readonly allow: readonly Allowlist[]
}

/** Rules that only name paths are left out. */
export function compileRules({ rules, allow }: RuleSet): CompiledRules {
  const compiled = rules.flatMap((rule, number) => {
    if (rule.pattern === null) return []
    const flags = rule.pattern.flags + (rule.begins === 'keyword' ? 'y' : 'g')
    const forAll = allow.filter((list) => list.rules?.includes(rule.id) ?? true)
    return {
      rule,
      number,
      pattern: new RegExp(rule.pattern.source, flags),
      check: rule.check === undefined ? null : CHECKS[rule.check],
      allow: [...(rule.allow ?? []), ...forAll],
    }
  })
  const words = [...new Set(compiled.flatMap(({ rule }) => rule.keywords))]
  return {
    automaton: keywordAutomaton(words),
    keywords: words.map((word) => ({
      bytes: word.length,
      rules: compiled.filter(({ rule }) => rule.keywords.includes(word)),
    })),
    everywhere: compiled.filter(({ rule }) => rule.keywords.length === 0),
    count: rules.length,
  }
}
