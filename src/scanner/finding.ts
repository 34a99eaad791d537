/** What a scan found in an object, and whether it counts where the object lies. */

export interface Finding {
  /** Id of the rule. */
  readonly rule: string
  /** Of the object's text, from 1. For a tree: number of the entry. */
  readonly line: number
  /** In bytes, from 1. */
  readonly column: number
  /** One character for each byte (latin1). Never shown; @see redact */
  readonly secret: string
  /** Its line says `gitleaks:allow` or `sluice:allow`, which asks for an approval and grants nothing. */
  readonly inlineAllow: boolean
  /** The rule is only about files at these paths. */
  readonly onlyAt?: RegExp
  /** Places at which rules make an exception of it. */
  readonly exceptAt?: readonly PlaceException[]
}

/** One that names both must be met by both if `both` is set. */
export interface PlaceException {
  readonly paths: readonly RegExp[]
  readonly commits: readonly string[]
  readonly both: boolean
}

export interface ObjectFindings {
  readonly oid: string
  readonly findings: readonly Finding[]
  /** There were too many to name: the object is refused whatever is approved of these. */
  readonly more: boolean
}

/** Where an object was found. @property path without leading slash; `null` for commits and tags */
export interface Place {
  readonly path: string | null
  readonly commit?: string
}

/** Does the finding count when its object lies here? */
export function countsAt(finding: Finding, place: Place): boolean {
  if (finding.onlyAt && (place.path === null || !finding.onlyAt.test(place.path))) return false
  return !finding.exceptAt?.some((exception) => isMetBy(exception, place))
}

/** Does the one count at every place where the other does? */
export function countsWherever(
  one: Pick<Finding, 'onlyAt' | 'exceptAt'>,
  other: Pick<Finding, 'onlyAt' | 'exceptAt'>,
): boolean {
  if (one.onlyAt && String(one.onlyAt) !== String(other.onlyAt)) return false
  const exceptions = new Set(other.exceptAt?.map(textOf))
  return (one.exceptAt ?? []).every((exception) => exceptions.has(textOf(exception)))
}

function textOf({ paths, commits, both }: PlaceException): string {
  return JSON.stringify([paths.map(String), commits, both])
}

function isMetBy({ paths, commits, both }: PlaceException, { path, commit }: Place): boolean {
  const byPath = path !== null && paths.some((pattern) => pattern.test(path))
  const byCommit = commit !== undefined && commits.includes(commit)
  return both ? byPath && byCommit : byPath || byCommit
}
