/**
 * What a client asked for, said in such a way that it can be asked anew when refs have moved: not these objects, but
 * what this branch shows. What only one client would ask so has no form.
 */
import { isOid, type Oid, type RefName } from '../../kernel/ids.ts'
import type { RefSnapshot } from '../refs/ref-snapshot.ts'
import type { FetchArguments, FetchFlag } from '../wire/fetch-arguments.ts'

export interface FetchForm {
  /** `clone`: of a client that has nothing. `update`: of one that has what was there before. */
  readonly kind: 'clone' | 'update'
  /** The one ref that it wants; `null`: all branches and tags. */
  readonly ref: RefName | null
  readonly flags: ReadonlySet<FetchFlag>
  readonly deepen: number | null
  readonly filter: string | null
  readonly shallow: readonly Oid[]
}

/** More refs are not looked through for each new question. */
const MAX_REFS = 2_000
/** A client that has made several shallow fetches is like no other. */
const MAX_SHALLOW = 4
const PREFIXES = ['refs/heads/', 'refs/tags/']

/** `null`: it has none. */
export function fetchFormOf(snapshot: RefSnapshot, args: FetchArguments): FetchForm | null {
  const { haves, flags, deepen, deepenSince, filter, shallow } = args
  const kind = haves.length === 0 ? 'clone' : 'update'
  if (flags.has('done') !== (kind === 'clone') || flags.has('deepen-relative')) return null
  if (deepenSince !== null || shallow.length > MAX_SHALLOW || (kind === 'update' && deepen !== null))
    return null
  const ref = wantedRef(snapshot, args.wants)
  return ref === undefined ? null : { kind, ref, flags, deepen, filter, shallow }
}

/** The same for the same form. */
export function keyOf({ kind, ref, flags, deepen, filter, shallow }: FetchForm): string {
  return JSON.stringify([kind, ref, [...flags].sort(), deepen, filter, shallow])
}

/** What it would want now; none when its ref is gone. */
export function wantsNow(snapshot: RefSnapshot, { ref }: FetchForm): readonly Oid[] {
  if (ref === null) return branchesAndTags(snapshot).split(',').filter(isOid)
  const found = snapshot.find(ref)
  return found === null ? [] : [found.oid]
}

function wantedRef(snapshot: RefSnapshot, wants: readonly Oid[]): RefName | null | undefined {
  const [wanted, ...others] = wants
  if (others.length > 0) return wants.join() === branchesAndTags(snapshot) ? null : undefined
  const { head } = snapshot
  if (head.kind === 'born' && head.oid === wanted && head.target !== null) return head.target as RefName
  let looked = 0
  for (const { name, oid } of snapshot.list({ prefixes: ['refs/heads/'], hidden: [] })) {
    if (oid === wanted) return name
    if (++looked === MAX_REFS) break
  }
  return undefined
}

/** Their ids, ascending, each once, joined; empty when there are very many. Remembered in the snapshot. */
function branchesAndTags(snapshot: RefSnapshot): string {
  const list = snapshot.answers.get('ids of branches and tags', () => {
    const oids = new Set<Oid>()
    let looked = 0
    for (const { oid } of snapshot.list({ prefixes: PREFIXES, hidden: [] })) {
      oids.add(oid)
      if (++looked > MAX_REFS) return Buffer.alloc(0)
    }
    return Buffer.from([...oids].sort().join())
  })
  return list.toString('latin1')
}
