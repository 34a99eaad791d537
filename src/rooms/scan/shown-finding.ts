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
  const secrets = [...new Set(findings.map(({ secret }) => secret))].filter((secret) => secret !== '')
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

function withoutSecrets(path: string, secrets: readonly string[]): string {
  const longestFirst = secrets.toSorted((a, b) => b.length - a.length)
  return hide(Buffer.from(path).toString('latin1'), longestFirst)
}

/** @param bytes one character for each */
function hide(bytes: string, [secret, ...others]: readonly string[]): string {
  if (secret === undefined) return Buffer.from(bytes, 'latin1').toString()
  const parts = bytes.split(secret).map((part) => hide(part, others))
  return parts.join(redact(secret))
}
