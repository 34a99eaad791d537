/** The values of a few refs right now, read from their files: no process, no snapshot. */
import { readFileSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { setImmediate as turn } from 'node:timers/promises'
import { isOid, isRefName, oidLength, type Oid, type RefName } from '../../kernel/ids.ts'
import type { RepoHandle } from '../../kernel/repository.ts'
import type { PackedFile, PackedRefLookup } from './packed-ref-lookup.ts'
import { parseStoredRef, type StoredRef } from './stored-ref.ts'

/** As git does. @see git's refs.c, SYMREF_MAXDEPTH */
const MAX_SYMREF_DEPTH = 5
const READ_AT_ONCE = 64
/** No file there; a directory where the name goes on. */
const ABSENT = new Set(['ENOENT', 'ENOTDIR', 'EISDIR'])

export class CurrentRefs {
  readonly #packed: PackedRefLookup

  constructor(packed: PackedRefLookup) {
    this.#packed = packed
  }

  /** A ref that is missing or broken is absent from the map. */
  async read(repo: RepoHandle, refs: readonly RefName[]): Promise<ReadonlyMap<RefName, Oid>> {
    const values = new Map<RefName, Oid>()
    for (let at = 0; at < refs.length; at += READ_AT_ONCE) {
      if (at > 0) await turn()
      const batch = refs.slice(at, at + READ_AT_ONCE)
      const oids = await Promise.all(batch.map((ref) => this.#resolve(repo, ref)))
      batch.forEach((ref, i) => {
        const oid = oids[i]
        if (oid) values.set(ref, oid)
      })
    }
    return values
  }

  /** Are there at most `limit` refs? Costs no more than reading as many names. */
  async atMost(repo: RepoHandle, limit: number): Promise<boolean> {
    const packed = (await this.#packed.open(repo.path)).count(limit + 1)
    return packed <= limit && (await countFiles(`${repo.path}/refs`, limit - packed)) <= limit - packed
  }

  async #resolve(repo: RepoHandle, ref: RefName): Promise<Oid | null> {
    let name = ref
    for (let depth = 0; depth < MAX_SYMREF_DEPTH; depth++) {
      const stored = readStoredRef(repo, name)
      if (stored === null) return this.#inPacked(repo, name)
      if (stored.kind === 'direct') return isOid(stored.oid) ? stored.oid : null
      if (stored.kind === 'broken' || !isRefName(stored.target)) return null
      name = stored.target
    }
    return null
  }

  /** Read after the loose file: pack-refs writes here before it removes that. */
  async #inPacked(repo: RepoHandle, ref: RefName): Promise<Oid | null> {
    const file: PackedFile = await this.#packed.open(repo.path)
    const oid = file.find(ref)
    return oid !== null && isOid(oid) ? oid : null
  }
}

/** `null`: there is no such file. Blocking, as a file of one line costs less than a turn through libuv's threads. */
export function readStoredRef(repo: RepoHandle, name: string): StoredRef | null {
  try {
    const text = readFileSync(`${repo.path}/${name}`, 'latin1')
    return parseStoredRef(text, oidLength(repo.objectFormat))
  } catch (err) {
    if (ABSENT.has((err as NodeJS.ErrnoException).code ?? '')) return null
    throw err
  }
}

/** Files below a directory, counted until they are more than `limit`. */
async function countFiles(directory: string, limit: number): Promise<number> {
  let count = 0
  for (const entry of await readdir(directory, { withFileTypes: true }).catch(() => [])) {
    count += entry.isDirectory() ? await countFiles(`${directory}/${entry.name}`, limit - count) : 1
    if (count > limit) break
  }
  return count
}
