/** What an upstream shows of its refs, as the rest of the server sees it. */
import { isOid, isRefName, type Oid, type RefName } from '../../kernel/ids.ts'

export interface UpstreamRefs {
  /** What its HEAD points at, if it is symbolic and the upstream tells. */
  readonly head: RefName | null
  /** Of refs/heads/ and refs/tags/, not peeled. Names that no repository here could hold are left out. */
  readonly refs: ReadonlyMap<RefName, Oid>
}

export const SHOWN_PREFIXES = ['refs/heads/', 'refs/tags/'] as const

/** @param head what HEAD is said to point at */
export function upstreamRefs(
  shown: Iterable<{ readonly name: string; readonly oid: string }>,
  head: string | null,
): UpstreamRefs {
  const refs = new Map<RefName, Oid>()
  for (const { name, oid } of shown) {
    if (SHOWN_PREFIXES.some((prefix) => name.startsWith(prefix)) && isRefName(name) && isOid(oid))
      refs.set(name, oid)
  }
  return { head: head !== null && head.startsWith('refs/heads/') && isRefName(head) ? head : null, refs }
}

/** Reads the output of `git ls-remote --symref`. Peeled tags have no name of a ref. @see git-ls-remote(1) */
export function parseLsRemote(stdout: string): UpstreamRefs {
  const lines = stdout.split('\n').map((line) => line.split('\t') as [string, string?])
  const head = lines.find(([what, name]) => name === 'HEAD' && what.startsWith('ref: '))?.[0] ?? null
  return upstreamRefs(
    lines.map(([oid, name = '']) => ({ oid, name })),
    head?.slice('ref: '.length) ?? null,
  )
}
