/**
 * What the objects that refs point at peel to. Keeps the answers of one scan for the next, so that
 * only new objects are looked at.
 */
import type { ObjectProbe } from '../objects/object-probe.ts'

/** By id; `null`: the object is no tag, or cannot be read. */
export type PeeledValues = ReadonlyMap<string, string | null>

const BRANCHES = 'refs/heads/'

export class PeeledObjects {
  /** Of this scan and no other, so it never grows beyond the refs there are. */
  readonly values = new Map<string, string | null>()
  readonly #probe: ObjectProbe
  readonly #before: PeeledValues

  constructor(probe: ObjectProbe, before: PeeledValues) {
    this.#probe = probe
    this.#before = before
  }

  /** A branch is taken for a commit, because git writes nothing else there: its object is not opened. */
  peel({ name, oid }: { readonly name: string; readonly oid: string }): string | null {
    if (name.startsWith(BRANCHES)) return null
    const known = this.values.has(oid) ? this.values.get(oid) : this.#before.get(oid)
    const peeled = known === undefined ? this.#probe.peel(oid) : known
    this.values.set(oid, peeled)
    return peeled
  }
}
