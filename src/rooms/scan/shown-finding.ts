/** A finding as people and programs may see it: without its secret, also where its path holds one. */
import type { Oid } from '../../kernel/ids.ts'
import { redact } from '../../scanner/redact.ts'
import type { LocatedFinding } from './located-finding.ts'

export interface ShownFinding {
  readonly rule: string
  readonly path: string
  readonly line: number | null
  readonly commit: Oid | null
  readonly redacted: string
  readonly inlineAllow: boolean
  /** `null`: it cannot be approved. */
  readonly fingerprint: string | null
}

export type Fingerprint = (rule: string, path: string, secret: string) => string

/** Each fingerprint once. @param fingerprintOf keyed, so that it does not give the secret away */
export function shownFindings(
  findings: readonly LocatedFinding[],
  fingerprintOf: Fingerprint,
): readonly ShownFinding[] {
  const secrets = anyOf(secretsInPaths(findings))
  const shown = new Map<string, ShownFinding>()
  for (const finding of findings) {
    const { rule, secret, line, inlineAllow, place, oid, isUncounted } = finding
    const path = pathOf(finding)
    const fingerprint = isUncounted ? null : fingerprintOf(rule, path, secret)
    const key = fingerprint ?? oid
    if (shown.has(key)) continue
    shown.set(key, {
      rule,
      path: withoutSecrets(path, secrets),
      line,
      commit: place.commit,
      redacted: secret === '' ? '' : redact(secret),
      inlineAllow,
      fingerprint,
    })
  }
  return [...shown.values()]
}

/** What a finding is in, where it has no path of its own. Part of fingerprints: never change the words. */
function pathOf({ type, place: { path } }: LocatedFinding): string {
  if (type === 'commit') return '(commit)'
  if (type === 'tag') return '(tag)'
  if (path === null) return '(no path)'
  return type === 'tree' ? `${path === '' ? '' : `${path}/`}(file name)` : path
}

/** Of thousands of secrets hardly one stands in a path: the others need not be looked for in each. */
function secretsInPaths(findings: readonly LocatedFinding[]): readonly string[] {
  const paths = [...new Set(findings.map((finding) => latin1(pathOf(finding))))].join('\n')
  const secrets = new Set(findings.map(({ secret }) => secret))
  secrets.delete('')
  return [...secrets].filter((secret) => paths.includes(secret)).sort((a, b) => b.length - a.length)
}

/** The longest of those that begin at a place. `null`: there is none. */
function anyOf(secrets: readonly string[]): RegExp | null {
  const literals = secrets.map((secret) => secret.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&'))
  return literals.length === 0 ? null : new RegExp(literals.join('|'), 'g')
}

function withoutSecrets(path: string, secrets: RegExp | null): string {
  if (secrets === null) return path
  const bytes = latin1(path)
  const found = bytes.match(secrets) ?? []
  const texts = bytes.split(secrets).map((part) => Buffer.from(part, 'latin1').toString())
  return texts.map((text, i) => text + (found[i] === undefined ? '' : redact(found[i]))).join('')
}

/** One character for each byte, as secrets are. */
function latin1(text: string): string {
  return Buffer.from(text).toString('latin1')
}
