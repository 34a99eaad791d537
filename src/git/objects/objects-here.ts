/** Which objects a repository has: looked up in its files, without a process. */
import type { Oid } from '../../kernel/ids.ts'
import type { RepoHandle } from '../../kernel/repository.ts'
import { Slices } from '../slices.ts'
import { ObjectProbe } from './object-probe.ts'

/** Whoever asks may name thousands of objects, with each request anew. */
const SLICE_MS = 2

/** That an object is here does not say that all it leads to is. */
export function objectsHere(repo: RepoHandle, oids: Iterable<Oid>): ReadonlySet<Oid> {
  using probe = new ObjectProbe(repo)
  return new Set([...oids].filter((oid) => probe.type(oid) !== null))
}

/** Others have their turn meanwhile. Ends with the first that is missing. */
export async function areAllHere(repo: RepoHandle, oids: Iterable<Oid>): Promise<boolean> {
  using probe = new ObjectProbe(repo)
  const slices = new Slices(SLICE_MS)
  for (const oid of oids) {
    if (slices.isOver) await slices.pause()
    if (probe.type(oid) === null) return false
  }
  return true
}
