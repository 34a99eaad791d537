/** What a rule says, as plain data that a worker thread can be sent. Who applies it is in engine/. */
import { createHash } from 'node:crypto'
import type { CheckName } from './checks/checks.ts'

/** Raised when the same rules would decide otherwise: a change of engine/ or of a check. */
const ENGINE = 2

export interface Rule {
  /** Stable: part of every fingerprint. */
  readonly id: string
  readonly description: string
  /** Title of the public page that documents the format. */
  readonly reference?: string
  /** Lower case. The pattern is only tried near one of them; without any, everywhere, which is slow. */
  readonly keywords: readonly string[]
  /** On text with one character for each byte. `null`: any file at a `path` is a finding. */
  readonly pattern: RegExp | null
  /** `keyword`: the match begins with the keyword. `around`: it lies somewhere near. */
  readonly begins: 'keyword' | 'around'
  /** How far the pattern may look: `lines` few lines, `wide` blocks such as private keys. */
  readonly view: 'lines' | 'wide'
  /** Group that holds the secret; 0: the first one that is not empty, else the whole match. */
  readonly secretGroup: number
  /** Shannon entropy that the secret must exceed, bits a character. */
  readonly entropy?: number
  /** What no expression can say: a checksum, something to decode. */
  readonly check?: CheckName | undefined
  /** Only files whose path it matches. */
  readonly path?: RegExp
  readonly allow?: readonly Allowlist[]
  /** Gives way to any other rule that finds the same. */
  readonly generic?: boolean
  readonly tags?: readonly string[]
}

/** What is no finding after all. @see the gitleaks README, "Configuration" */
export interface Allowlist {
  /** `AND`: all kinds that it names must match. */
  readonly condition: 'OR' | 'AND'
  readonly regexes?: readonly RegExp[]
  readonly regexTarget?: 'secret' | 'match' | 'line'
  /** Lower case; anywhere in the secret. */
  readonly stopwords?: readonly string[]
  readonly paths?: readonly RegExp[]
  readonly commits?: readonly string[]
  /** Ids of the rules that it is for; absent: all. */
  readonly rules?: readonly string[]
}

export interface RuleSet {
  readonly name: string
  /** Digest of everything that decides: rules, exceptions and the engine. */
  readonly version: string
  readonly rules: readonly Rule[]
  /** For all rules. */
  readonly allow: readonly Allowlist[]
}

/** A rule set under its digest. @throws RangeError: two rules have one id */
export function ruleSet(name: string, rules: readonly Rule[], allow: readonly Allowlist[] = []): RuleSet {
  const ids = new Set(rules.map((rule) => rule.id))
  if (ids.size < rules.length) throw new RangeError(`rules of ${name}: an id is used twice`)
  const decides = JSON.stringify([ENGINE, rules, allow], (_key, value: unknown) =>
    value instanceof RegExp ? value.toString() : value,
  )
  return { name, version: createHash('sha256').update(decides).digest('hex').slice(0, 32), rules, allow }
}
