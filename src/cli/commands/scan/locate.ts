/** From objects with findings to the places where they lie: each secret once for a path, where it came first. */
import { countsAt, type Finding, type ObjectFindings } from '../../../scanner/finding.ts'
import { forbiddenPath } from '../../../scanner/forbidden-path.ts'
import type { RuleSet } from '../../../scanner/rule.ts'
import type { ObjectType, PathAt, Source } from './source.ts'

export interface Located {
  readonly rule: string
  /** `null`: in the message or the names of a commit or tag, or nobody knows where the object lay. */
  readonly path: string | null
  readonly type: ObjectType
  readonly commit: string | null
  /** The object that holds it. */
  readonly object: string
  /** From 1; 0 where a path itself is the finding. */
  readonly line: number
  readonly column: number
  readonly secret: string
  readonly inlineAllow: boolean
}

export async function locate(
  found: readonly ObjectFindings[],
  rules: RuleSet,
  source: Pick<Source, 'types' | 'paths'>,
): Promise<readonly Located[]> {
  const types =
    found.length > 0 ? await source.types(found.map(({ oid }) => oid)) : new Map<string, ObjectType>()
  const ofType = (...wanted: ObjectType[]) =>
    found.filter(({ oid }) => wanted.includes(types.get(oid) ?? 'blob'))
  const places = new Places(rules, { blobs: ofType('blob'), trees: ofType('tree') })
  if (places.wanted) for await (const some of source.paths()) for (const at of some) places.visit(at)
  return [...places.located(), ...ofType('commit', 'tag').flatMap((object) => inMessage(object, types))]
}

function inMessage(
  { oid, findings }: ObjectFindings,
  types: ReadonlyMap<string, ObjectType>,
): readonly Located[] {
  const type = types.get(oid) ?? 'commit'
  const commit = type === 'commit' ? oid : null
  return findings
    .filter((finding) => countsAt(finding, { path: null, commit: oid }))
    .map((finding) => ({ ...locatedAt(finding, { path: null, oid, commit }), type }))
}

class Places {
  readonly #rules: RuleSet
  readonly #blobs: ReadonlyMap<string, readonly Finding[]>
  /** Secrets in names; the same name is found in every later version of its directory. */
  readonly #names: readonly Finding[]
  readonly #byPath: boolean
  readonly #met = new Set<string>()
  readonly #lost: Set<string>
  readonly #located: Located[] = []

  constructor(
    rules: RuleSet,
    { blobs, trees }: { blobs: readonly ObjectFindings[]; trees: readonly ObjectFindings[] },
  ) {
    this.#rules = rules
    this.#blobs = new Map(blobs.map(({ oid, findings }) => [oid, findings]))
    this.#lost = new Set(this.#blobs.keys())
    const names = trees.flatMap(({ findings }) => findings)
    this.#names = [...new Map(names.map((name) => [`${name.rule} ${name.secret}`, name])).values()]
    this.#byPath = rules.rules.some(({ pattern }) => pattern === null)
  }

  /** Must paths be looked at? */
  get wanted(): boolean {
    return this.#byPath || this.#blobs.size > 0 || this.#names.length > 0
  }

  visit(at: PathAt): void {
    const findings = this.#blobs.get(at.oid)
    if (findings) this.#visitBlob(findings, at)
    if (this.#names.length > 0) this.#visitName(at)
    if (this.#byPath && this.#isNew(`path ${at.path}`)) this.#visitPath(at)
  }

  /** With those that are at no path, e.g. a blob that a tag names. */
  located(): readonly Located[] {
    const nowhere = [...this.#lost].flatMap((oid) => {
      const counting = (this.#blobs.get(oid) ?? []).filter((finding) => countsAt(finding, { path: null }))
      return counting.map((finding) => locatedAt(finding, { path: null, oid, commit: null }))
    })
    return [...this.#located, ...nowhere]
  }

  #visitBlob(findings: readonly Finding[], at: PathAt): void {
    this.#lost.delete(at.oid)
    if (!this.#isNew(`blob ${at.oid} ${at.path}`)) return
    const fresh = findings
      .filter((finding) => countsAt(finding, { path: at.path, ...(at.commit && { commit: at.commit }) }))
      .filter(({ rule, secret }) => !this.#met.has(keyOf(rule, at.path, secret)))
    for (const finding of fresh) this.#located.push(locatedAt(finding, at))
    for (const { rule, secret } of fresh) this.#met.add(keyOf(rule, at.path, secret))
  }

  #visitName(at: PathAt): void {
    const bytes = Buffer.from(at.path, 'utf8').toString('latin1')
    for (const finding of this.#names) {
      const from = bytes.indexOf(finding.secret)
      if (from < 0) continue
      const end = bytes.indexOf('/', from + finding.secret.length)
      const path = Buffer.from(end < 0 ? bytes : bytes.slice(0, end), 'latin1').toString('utf8')
      if (!countsAt(finding, { path }) || !this.#isNew(keyOf(finding.rule, path, finding.secret))) continue
      this.#located.push({ ...locatedAt(finding, { ...at, path }), type: 'tree', line: 0, column: 0 })
    }
  }

  #visitPath(at: PathAt): void {
    const nothing = { line: 0, column: 0, secret: '', inlineAllow: false }
    for (const rule of forbiddenPath(this.#rules, at.path))
      this.#located.push({ ...locatedAt({ rule, ...nothing }, at), type: 'tree' })
  }

  #isNew(key: string): boolean {
    return this.#met.size < this.#met.add(key).size
  }
}

function keyOf(rule: string, path: string, secret: string): string {
  return `finding ${JSON.stringify([rule, path, secret])}`
}

function locatedAt(
  finding: Finding,
  { path, oid, commit }: Omit<PathAt, 'path'> & { path: string | null },
): Located {
  const { rule, line, column, secret, inlineAllow } = finding
  return { rule, line, column, secret, inlineAllow, path, type: 'blob', commit, object: oid }
}
