/** Which objects a repository has: looked up in its files, without a process. */
import type { Oid } from '../../kernel/ids.ts'
import type { RepoHandle } from '../../kernel/repository.ts'
import { ObjectProbe } from './object-probe.ts'

/** That an object is here does not say that all it leads to is. */
export function objectsHere(repo: RepoHandle, oids: Iterable<Oid>): ReadonlySet<Oid> {
  using probe = new ObjectProbe(repo)
  return new Set([...oids].filter((oid) => probe.type(oid) !== null))
}
