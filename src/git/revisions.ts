/**
 * What a client's word for a revision means: branches and tags from the snapshot of the refs, ids as they
 * are. Only the object id travels on from here. Not for `a..b`, `:/text` or the reflog.
 */
import { AppError } from '../kernel/errors.ts'
import { isOid, isRefName, oidLength, type Oid, type RefName } from '../kernel/ids.ts'
import type { RepoHandle } from '../kernel/repository.ts'
import type { StoredObjects } from './objects/stored-objects.ts'
import type { RefSnapshot } from './refs/ref-snapshot.ts'
import type { RefSnapshots } from './refs/ref-snapshots.ts'

export interface RevisionParts {
  readonly snapshots: Pick<RefSnapshots, 'get'>
  readonly objects: Pick<StoredObjects, 'commitFrom' | 'abbreviated'>
  /** Prefixes of refs that no client sees. */
  readonly hidden: readonly string[]
}

export interface RevisionWithPath {
  /** Of the commit. */
  readonly oid: Oid
  /** The part that named it; equal to `oid` when it was its whole id. */
  readonly ref: string
  /** The rest, without slashes at its ends; empty for the root. */
  readonly path: string
}

const CONTROL = /[\x00-\x1f\x7f]/
/** A name, then `~<n>` and `^<n>` as often as one likes. What follows cannot stand in a ref name. */
const STEPS = /^(?<name>[^~^]*)(?<steps>(?:[~^]\d{0,4}){0,16})$/
/** Seven, as git prints them: of fewer all could be tried, and would show what no ref leads to any more. */
const HEX = /^[0-9a-f]{7,64}$/i
const MAX_NAME_CHARS = 1_024

export class Revisions {
  readonly #parts: RevisionParts

  constructor(parts: RevisionParts) {
    this.#parts = parts
  }

  /**
   * The commit that is meant: by branch, tag, full ref name or `HEAD`, by id or the first digits of one,
   * each with `~` and `^` behind it. A branch comes before a tag of the same name, an id before both.
   *
   * @throws AppError `VALIDATION_ERROR` for what can be no revision; `NOT_FOUND` with `details.ref`
   * @see gitrevisions(7)
   */
  async commit(repo: RepoHandle, revision: string): Promise<Oid> {
    checkName(revision)
    const snapshot = await this.#parts.snapshots.get(repo)
    return (await this.#resolve(repo, snapshot, revision)) ?? unknown(revision)
  }

  /**
   * Parts `<revision>/<path>`, where both may hold slashes: the longest revision that exists is meant.
   *
   * @throws as `commit`; a path may hold what a name may not
   */
  async withPath(repo: RepoHandle, refAndPath: string): Promise<RevisionWithPath> {
    const names = refAndPath.split('/').filter((name) => name !== '')
    const [first = ''] = names
    checkName(first)
    const snapshot = await this.#parts.snapshots.get(repo)
    const id = wholeId(repo, first)
    const most = id === null ? names.length : 1
    for (let count = most; count > 0; count--) {
      const ref = names.slice(0, count).join('/')
      const oid = await this.#resolve(repo, snapshot, ref)
      if (oid !== null) return { oid, ref: oid === id ? oid : ref, path: names.slice(count).join('/') }
    }
    return unknown(refAndPath)
  }

  async #resolve(repo: RepoHandle, snapshot: RefSnapshot, revision: string): Promise<Oid | null> {
    const { name = '', steps = '' } = STEPS.exec(revision.slice(0, MAX_NAME_CHARS + 1))?.groups ?? {}
    if (name === '' || revision.length > MAX_NAME_CHARS) return null
    const start = wholeId(repo, name) ?? this.#byName(snapshot, name)
    if (start !== null) return this.#parts.objects.commitFrom(repo, start, steps)
    if (!HEX.test(name)) return null
    const found = await this.#parts.objects.abbreviated(repo, name.toLowerCase())
    return found === null || steps === '' ? found : this.#parts.objects.commitFrom(repo, found, steps)
  }

  #byName(snapshot: RefSnapshot, name: string): Oid | null {
    if (name === 'HEAD' || name === '@')
      return snapshot.head.kind === 'born' ? (snapshot.head.oid as Oid) : null
    const found = refsCalled(name)
      .filter((ref) => !this.#parts.hidden.some((prefix) => ref.startsWith(prefix)))
      .map((ref) => snapshot.find(ref))
    return found.find((ref) => ref !== null)?.oid ?? null
  }
}

/** In the order in which they are meant. @see gitrevisions(7), <refname>, whose order puts tags first */
function refsCalled(name: string): readonly RefName[] {
  const forms = [`refs/heads/${name}`, `refs/tags/${name}`]
  if (name.startsWith('refs/')) forms.push(name)
  if (name.startsWith('heads/') || name.startsWith('tags/')) forms.push(`refs/${name}`)
  return forms.filter(isRefName)
}

/** A whole id of this repository's format, or `null`. */
function wholeId(repo: RepoHandle, text: string): Oid | null {
  const id = text.toLowerCase()
  return isOid(id) && id.length === oidLength(repo.objectFormat) ? id : null
}

/** @throws AppError `VALIDATION_ERROR` */
function checkName(name: string): void {
  const message = faultOf(name)
  if (message !== null) throw new AppError('VALIDATION_ERROR', { details: [{ path: 'ref', message }] })
}

function faultOf(name: string): string | null {
  if (name === '') return 'is empty'
  if (name.startsWith('-')) return 'begins with "-"'
  return CONTROL.test(name) ? 'holds a control character' : null
}

/** @throws AppError `NOT_FOUND` */
function unknown(ref: string): never {
  throw new AppError('NOT_FOUND', { details: { reason: 'no such revision', ref } })
}
