/** Fills a quarantine with what a repository lacks and others of its identifier have. */
import type { Oid } from '../../../kernel/ids.ts'
import type { Quarantine } from '../../../kernel/ports.ts'
import type { RepoHandle } from '../../../kernel/repository.ts'

export interface ObjectSharing {
  /** Which of these a repository has. */
  readonly objectsHere: (repo: RepoHandle, oids: Iterable<Oid>) => ReadonlySet<Oid>
  /** With all that they lead to. @throws AppError `PACK_REJECTED` */
  readonly copy: (
    into: Quarantine,
    copy: { readonly from: RepoHandle; readonly wanted: readonly Oid[]; readonly known: Iterable<Oid> },
  ) => Promise<void>
}

/**
 * @param known values of refs of the repository
 * @returns false: some of them are nowhere
 * @throws AppError `PACK_REJECTED`: one is somewhere, though not all that it leads to
 */
export async function bringObjects(
  { objectsHere, copy }: ObjectSharing,
  { repo, into }: { readonly repo: RepoHandle; readonly into: Quarantine },
  wanted: Iterable<Oid>,
  { from, known }: { readonly from: readonly RepoHandle[]; readonly known: Iterable<Oid> },
): Promise<boolean> {
  const all = [...new Set(wanted)]
  const here = objectsHere(repo, all)
  let missing = all.filter((oid) => !here.has(oid))
  const brought: [RepoHandle, readonly Oid[]][] = []
  for (const giver of from) {
    if (missing.length === 0) break
    if (giver.id === repo.id || giver.objectFormat !== repo.objectFormat) continue
    const there = objectsHere(giver, missing)
    if (there.size > 0) brought.push([giver, [...there]])
    missing = missing.filter((oid) => !there.has(oid))
  }
  if (missing.length > 0) return false
  for (const [giver, oids] of brought) await copy(into, { from: giver, wanted: oids, known })
  return true
}
