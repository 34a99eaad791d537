/** What a scan found, as the JSON report has it. The other formats are made of this. */
import { redact } from '../../../scanner/redact.ts'
import type { RuleSet } from '../../../scanner/rule.ts'
import type { CommitFacts } from './commits.ts'
import { fingerprint } from './fingerprint.ts'
import type { Located } from './locate.ts'

export interface ReportedFinding {
  readonly fingerprint: string
  readonly rule: string
  readonly description: string
  /** `null`: in a message, or in the name or address of an author. */
  readonly path: string | null
  /** From 1; `null` where the path itself is the finding. Of the object's text for commits and tags. */
  readonly line: number | null
  /** In bytes, from 1. */
  readonly column: number | null
  /** That brought it first; `null` while none has. */
  readonly commit: string | null
  readonly author: CommitFacts['author'] | null
  readonly date: string | null
  readonly subject: string | null
  readonly object: string
  readonly type: Located['type']
  /** Redacted, unless somebody at a terminal asked for all of it. */
  readonly secret: string
  /** A comment beside it asks for an exception, which a server's operator grants or not. */
  readonly inlineAllow: boolean
}

export interface Report {
  readonly tool: { readonly name: 'sluice'; readonly version: string }
  readonly rules: { readonly name: string; readonly version: string }
  readonly scanned: { readonly objects: number; readonly bytes: number }
  readonly findings: readonly ReportedFinding[]
  /** Objects with more findings than are listed. */
  readonly more: readonly string[]
}

export interface ReportOptions {
  readonly rules: RuleSet
  readonly facts: ReadonlyMap<string, CommitFacts>
  readonly showSecrets: boolean
}

export function reported(located: Located, { rules, facts, showSecrets }: ReportOptions): ReportedFinding {
  const { rule, path, line, column, commit, object, type, secret, inlineAllow } = located
  const { author = null, date = null, subject = null } = facts.get(commit ?? '') ?? {}
  return {
    fingerprint: fingerprint(rule, path, secret),
    rule,
    description: rules.rules.find(({ id }) => id === rule)?.description ?? rule,
    path,
    line: line || null,
    column: column || null,
    commit,
    author,
    date,
    subject,
    object,
    type,
    secret: showSecrets || secret === '' ? secret : redact(secret),
    inlineAllow,
  }
}
