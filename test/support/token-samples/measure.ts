/** How well a rule set tells secrets from what looks like them. */
import { compileRules } from '../../../src/scanner/engine/compiled-rules.ts'
import { ObjectScan } from '../../../src/scanner/engine/object-scan.ts'
import type { Finding } from '../../../src/scanner/finding.ts'
import type { RuleSet } from '../../../src/scanner/rule.ts'
import type { Sample } from './samples.ts'

export interface Quality {
  /** Shares of all, 0 to 1. */
  readonly recall: number
  readonly precision: number
  /** What was missed, and what was found where nothing is; for the reader of a failure. */
  readonly wrong: readonly string[]
}

export function measureQuality(rules: RuleSet, samples: readonly Sample[]): Quality {
  const compiled = compileRules(rules)
  let hits = 0
  let alarms = 0
  const wrong: string[] = []
  for (const { text, rule } of samples) {
    const scan = new ObjectScan(compiled)
    scan.write(Buffer.from(`# settings\n${text}\n# end\n`), true)
    const { findings } = scan.end()
    const others = findings.filter((finding) => finding.rule !== rule)
    if (findings.length > others.length) hits++
    else if (rule !== null) wrong.push(`missed ${rule}: ${text}`)
    alarms += others.length
    wrong.push(...others.map((finding: Finding) => `${finding.rule} found in: ${text}`))
  }
  const positives = samples.filter(({ rule }) => rule !== null).length
  return { recall: hits / positives, precision: hits / (hits + alarms), wrong }
}
