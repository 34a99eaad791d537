/** The rule sets of a server: our own, and those of a directory. */
import { readdirSync, readFileSync, realpathSync } from 'node:fs'
import { join, sep } from 'node:path'
import { parseGitleaksRules } from './gitleaks/parse-gitleaks-rules.ts'
import { RulesError } from './gitleaks/rules-error.ts'
import type { RuleSet } from './rule.ts'
import { defaultRules } from './rules/default-rules.ts'

/**
 * By name. `<name>.toml` is the set `<name>`; `default` is our own unless there is a `default.toml`.
 *
 * @param directory `null`: only our own
 * @throws RulesError with file and line; an error of the file system
 */
export function readRuleSets(directory: string | null): ReadonlyMap<string, RuleSet> {
  const sets = new Map([['default', defaultRules()]])
  if (directory === null) return sets
  const read = (name: string) => readWithin(directory, name)
  for (const file of readdirSync(directory).sort()) {
    if (!file.endsWith('.toml')) continue
    const set = parseGitleaksRules(read(file), join(directory, file), read)
    sets.set(set.name, set)
  }
  return sets
}

/** A link may not lead out of the directory. */
function readWithin(directory: string, name: string): string {
  const path = realpathSync(join(directory, name))
  if (!path.startsWith(realpathSync(directory) + sep)) throw new RulesError(name, 1, 'it lies somewhere else')
  return readFileSync(path, 'utf8')
}
