/** The rules of a scan: our own, or those of a file in the gitleaks format. */
import { readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { parseGitleaksRules } from '../../../scanner/gitleaks/parse-gitleaks-rules.ts'
import { RulesError } from '../../../scanner/gitleaks/rules-error.ts'
import type { RuleSet } from '../../../scanner/rule.ts'
import { defaultRules } from '../../../scanner/rules/default-rules.ts'
import { CommandError } from '../../command-error.ts'
import { readText } from './baseline.ts'

/** @throws CommandError `usage`, with the line that is wrong */
export async function rulesOf(path: string | undefined): Promise<RuleSet> {
  if (path === undefined) return defaultRules()
  const toml = await readText(path, 'the file of rules')
  try {
    return parseGitleaksRules(toml, basename(path), (name) => readFileSync(join(dirname(path), name), 'utf8'))
  } catch (err) {
    if (err instanceof RulesError) throw new CommandError('usage', err.message)
    throw err
  }
}
