/** Exceptions that an owner has made in the settings of a repository: by path, by rule, or by both. */
import { pathMatcher } from '../../kernel/path-globs.ts'
import type { AllowEntry } from '../../store/scans/scan-settings.ts'
import type { LocatedFinding } from './located-finding.ts'

export function withoutAllowed(
  findings: readonly LocatedFinding[],
  entries: readonly AllowEntry[],
): readonly LocatedFinding[] {
  const tests = entries.map(testOf)
  return findings.filter((finding) => !tests.some((allows) => allows(finding)))
}

function testOf({ path, rule }: AllowEntry): (finding: LocatedFinding) => boolean {
  const fits = path === undefined ? null : pathMatcher([path])
  return (finding) => {
    if (rule !== undefined && finding.rule !== rule) return false
    return fits === null || (finding.place.path !== null && fits([finding.place.path]) === true)
  }
}
