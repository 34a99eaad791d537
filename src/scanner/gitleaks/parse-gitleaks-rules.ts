/** Rules in the gitleaks format. */
import type { RuleSet } from '../rule.ts'

/**
 * @param fileName shown in errors; the set is named after it, without `.toml`
 * @param readBeside text of a file that `extend.path` names, which lies in the same directory
 * @throws RulesError with file and line
 */
export function parseGitleaksRules(
  _toml: string,
  _fileName: string,
  _readBeside?: (name: string) => string,
): RuleSet {
  throw new Error('not there yet')
}

/** A file of rules cannot be used. `message`: `file:line: what is wrong`. */
export class RulesError extends Error {
  override readonly name = 'RulesError'
}
