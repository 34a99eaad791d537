/** A finding where it lies. One for each place, because exceptions and approvals are given by place. */
import type { Oid } from '../../kernel/ids.ts'
import { forbiddenPath } from '../../scanner/forbidden-path.ts'
import { countsAt, type Finding, type Place } from '../../scanner/finding.ts'
import type { RuleSet } from '../../scanner/rule.ts'
import type { Change } from './new-commits.ts'
import { nowhere, type ObjectPlace, type Places } from './places.ts'
import type { FoundObject } from './scan-pushed.ts'

export interface LocatedFinding {
  readonly rule: string
  /** One character for each byte; never shown. Empty: the file itself is the finding. */
  readonly secret: string
  /** `null` where lines mean nothing. */
  readonly line: number | null
  readonly inlineAllow: boolean
  readonly oid: Oid
  readonly type: FoundObject['type']
  readonly place: ObjectPlace
  /** There is more in the object than is told: nothing of it can be approved one by one. */
  readonly isUncounted: boolean
}

/** The rule that stands for what is too much to be told. */
export const TOO_MANY = 'too-many-findings'

/** Only those that count at their place by the rules themselves. */
export function locatedFindings(found: readonly FoundObject[], places: Places): readonly LocatedFinding[] {
  return found.flatMap((object) => {
    const { oid, type, findings, more } = object
    return (places.get(oid) ?? [nowhere(object)]).flatMap((place) => {
      const named = findings
        .filter((finding) => counts(finding, type, place))
        .map(({ rule, secret, inlineAllow, line }) => {
          return { rule, secret, inlineAllow, line: type === 'blob' ? line : null, isUncounted: false }
        })
      const uncounted = { rule: TOO_MANY, secret: '', inlineAllow: false, line: null, isUncounted: true }
      return [...named, ...(more ? [uncounted] : [])].map((finding) => ({ ...finding, oid, type, place }))
    })
  })
}

/** A file whose name nobody knows may have any. */
function counts(finding: Finding, type: FoundObject['type'], { path, commit }: ObjectPlace): boolean {
  if (type === 'blob' && path === null) return true
  const at: Place = {
    path: type === 'tree' ? `${path ?? ''}/` : path,
    ...(commit === null ? {} : { commit }),
  }
  return countsAt(finding, at)
}

/** Files that are findings by their names. @param changes all of the push */
export function forbiddenFiles(rules: RuleSet, changes: readonly Change[]): readonly LocatedFinding[] {
  return changes
    .filter(({ isNewName, isTree }) => isNewName && !isTree)
    .flatMap(({ path, commit, oid }) =>
      forbiddenPath(rules, path).map((rule) => {
        const place = { path, commit, before: [] }
        const file = { secret: '', line: null, inlineAllow: false, isUncounted: false }
        return { ...file, rule, oid, type: 'blob', place } as const
      }),
    )
}
