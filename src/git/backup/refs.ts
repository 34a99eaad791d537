/** The refs of a repository as a whole: read at once from one that is in use, written into one that is not. */
import { AppError } from '../../kernel/errors.ts'
import type { Oid, RefName } from '../../kernel/ids.ts'
import type { RepoHandle } from '../../kernel/repository.ts'
import { syncPath, writeNewFile } from '../durable.ts'
import { ObjectProbe } from '../objects/object-probe.ts'
import { scanRefs } from '../refs/ref-scan.ts'

const EVERYTHING = { prefixes: [], hidden: [] }
const HEADER = '# pack-refs with: peeled fully-peeled sorted \n'

/** `null`: there is no repository. */
export async function readAllRefs(repo: RepoHandle): Promise<Map<RefName, Oid> | null> {
  try {
    const { snapshot } = await scanRefs(repo, null)
    return new Map([...snapshot.list(EVERYTHING)].map(({ name, oid }) => [name, oid]))
  } catch (err) {
    if (err instanceof AppError && err.code === 'REPO_NOT_FOUND') return null
    throw err
  }
}

export interface PackedRefsFile {
  readonly text: string
  /** Refs whose object is not there. */
  readonly missing: readonly RefName[]
}

/** What a `packed-refs` file with these refs holds. The objects are looked for in `repo`. */
export function packRefs(repo: RepoHandle, refs: ReadonlyMap<RefName, Oid>): PackedRefsFile {
  using probe = new ObjectProbe(repo)
  const missing: RefName[] = []
  const lines = [...refs].sort(byName).map(([name, oid]) => {
    if (probe.type(oid) === null) missing.push(name)
    const peeled = probe.peel(oid)
    return `${oid} ${name}\n${peeled === null ? '' : `^${peeled}\n`}`
  })
  return { text: HEADER + lines.join(''), missing }
}

/** Into a repository without refs. On disk when it resolves. */
export async function writePackedRefs(repo: { readonly path: string }, text: string): Promise<void> {
  await writeNewFile(packedRefsPath(repo), text)
  await syncPath(repo.path)
}

export function packedRefsPath({ path }: { readonly path: string }): string {
  return `${path}/packed-refs`
}

/** As git sorts them: byte by byte. */
function byName([a]: readonly [RefName, Oid], [b]: readonly [RefName, Oid]): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b))
}
