/** What the refs that clients see point at, and which of it leads to all the rest. */
import type { Oid } from '../../kernel/ids.ts'
import type { RepoHandle } from '../../kernel/repository.ts'
import { ObjectProbe } from '../objects/object-probe.ts'
import type { RefSnapshot } from '../refs/ref-snapshot.ts'

export interface ShownTip {
  readonly oid: Oid
  /** What it points at in the end; `null`: it is no annotated tag. */
  readonly peeled: Oid | null
  /** A ref below refs/tags points at it. */
  readonly isTag: boolean
}

/** Each object once. @param hidden prefixes of refs that no client sees */
export function shownTips(snapshot: RefSnapshot, hidden: readonly string[]): ShownTip[] {
  const tips = new Map<Oid, ShownTip>()
  for (const { name, oid, peeled } of snapshot.list({ prefixes: [], hidden })) {
    const isTag = name.startsWith('refs/tags/') || tips.get(oid)?.isTag === true
    tips.set(oid, { oid, peeled, isTag })
  }
  const { head } = snapshot
  const detached = head.kind === 'born' && head.target === null ? (head.oid as Oid) : null
  if (detached !== null && !tips.has(detached))
    tips.set(detached, { oid: detached, peeled: null, isTag: false })
  return [...tips.values()]
}

/** Those that are commits, or lead to one. */
export function commitsOf(repo: RepoHandle, tips: readonly ShownTip[]): ReadonlySet<Oid> {
  using probe = new ObjectProbe(repo)
  const ends = new Set(tips.map(({ oid, peeled }) => peeled ?? oid))
  return new Set([...ends].filter((oid) => probe.type(oid) === 'commit'))
}

/**
 * Sorts out what a client has to want, so that it gets everything.
 *
 * @param commits of all tips
 * @param independent those commits that no other one leads to
 */
export function sortTips(
  tips: readonly ShownTip[],
  { commits, independent }: { commits: ReadonlySet<Oid>; independent: ReadonlySet<Oid> },
): { readonly required: readonly Oid[]; readonly tags: readonly Oid[] } {
  const pointedAt = new Set(tips.map(({ oid }) => oid))
  const isRequired = ({ oid, peeled, isTag }: ShownTip): boolean => {
    if (peeled === null) return independent.has(oid) || !commits.has(oid)
    const leadsOnItsOwn = independent.has(peeled) && !pointedAt.has(peeled)
    return !isTag || leadsOnItsOwn || !commits.has(peeled)
  }
  const isOptional = (tip: ShownTip) => tip.peeled !== null && !isRequired(tip)
  return {
    required: tips.filter(isRequired).map(({ oid }) => oid),
    tags: tips.filter(isOptional).map(({ oid }) => oid),
  }
}
