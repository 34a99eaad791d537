/** Rules in the gitleaks format. @see the gitleaks README, "Configuration" */
import { parse, TomlError } from 'smol-toml'
import { ruleSet, type Allowlist, type Rule, type RuleSet } from '../rule.ts'
import { defaultRules } from '../rules/default-rules.ts'
import { readAllowlists, readRule, type Fail } from './read-rule.ts'
import { RulesError } from './rules-error.ts'

export { RulesError }
import { rulesFile, type RulesFile } from './schema.ts'
import { lineOf } from './toml-lines.ts'

/** Files that extend files that extend files. */
const MAX_DEPTH = 2

/**
 * What the format knows and this does not (`required`, for one) is refused: a rule would find less than
 * it says.
 *
 * @param fileName shown in errors; the set is named after it, without `.toml`
 * @param readBeside text of a file that `extend.path` names
 * @throws RulesError with file and line; what `readBeside` throws
 */
export function parseGitleaksRules(
  toml: string,
  fileName: string,
  readBeside?: (name: string) => string,
): RuleSet {
  const { rules, allow } = readFile(toml, fileName, readBeside ?? null, 0)
  if (rules.length === 0) throw new RulesError(fileName, 1, 'holds no rules: nothing would ever be found')
  return ruleSet(fileName.replace(/^.*\//, '').replace(/\.toml$/, ''), rules, allow)
}

interface Rules {
  readonly rules: readonly Rule[]
  readonly allow: readonly Allowlist[]
}

type ReadBeside = ((name: string) => string) | null

function readFile(toml: string, fileName: string, readBeside: ReadBeside, depth: number): Rules {
  const fail: Fail = (path, what) => {
    throw new RulesError(fileName, lineOf(toml, path), what)
  }
  const file = checked(parsed(toml, fileName), fail)
  const base = extended(file, fail, readBeside, depth)
  const byId = new Map(base.rules.map((rule) => [rule.id, rule]))
  const own = new Set<string>()
  file.rules?.forEach((raw, i) => {
    if (own.has(raw.id)) fail(['rules', i, 'id'], `the id ${raw.id} is used twice`)
    own.add(raw.id)
    byId.set(raw.id, readRule(raw, byId.get(raw.id), ['rules', i], fail))
  })
  return { rules: [...byId.values()], allow: [...base.allow, ...readAllowlists(file, [], fail)] }
}

function parsed(toml: string, fileName: string): unknown {
  try {
    return parse(toml)
  } catch (err) {
    if (!(err instanceof TomlError)) throw err
    throw new RulesError(fileName, err.line, err.message.split('\n', 1)[0] ?? 'not TOML')
  }
}

function checked(file: unknown, fail: Fail): RulesFile {
  const result = rulesFile.safeParse(file)
  if (result.success) return result.data
  const [issue] = result.error.issues
  const unknown = issue?.code === 'unrecognized_keys' ? issue.keys.slice(0, 1) : []
  const path = [...(issue?.path ?? []), ...unknown]
  const what = unknown.length > 0 ? 'is not supported' : (issue?.message ?? 'is not valid')
  return fail(path, `${path.map(String).join('.')}: ${what}`)
}

function extended({ extend }: RulesFile, fail: Fail, readBeside: ReadBeside, depth: number): Rules {
  if (extend?.useDefault && extend.path !== undefined) fail(['extend'], 'either useDefault or path')
  const base = extend?.useDefault ? defaultRules() : besides(extend?.path, fail, readBeside, depth)
  const disabled = new Set(extend?.disabledRules)
  return { rules: base.rules.filter(({ id }) => !disabled.has(id)), allow: base.allow }
}

function besides(path: string | undefined, fail: Fail, readBeside: ReadBeside, depth: number): Rules {
  if (path === undefined) return { rules: [], allow: [] }
  const name = path.replace(/^\.\//, '')
  if (name.includes('/') || name.includes('\\') || name.startsWith('.') || readBeside === null) {
    fail(['extend', 'path'], 'only a file beside this one can be extended')
  }
  if (depth >= MAX_DEPTH) fail(['extend', 'path'], 'files extend each other too deeply')
  return readFile(readBeside(name), name, readBeside, depth + 1)
}
