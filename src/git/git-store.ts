/** The kernel's git store: repositories on disk, moved by git's own tools. */
import { mkdir, rm, rmdir } from 'node:fs/promises'
import { AppError } from '../kernel/errors.ts'
import type { Oid, RefName } from '../kernel/ids.ts'
import type { GitStore, Quarantine } from '../kernel/ports.ts'
import type { RepoHandle } from '../kernel/repository.ts'
import { Cleanup } from './quarantine/cleanup.ts'
import { CurrentRefs } from './refs/current-refs.ts'
import { syncPaths } from './durable.ts'
import { followHead } from './refs/head.ts'
import { incomingDirectory } from './quarantine/incoming.ts'
import type { Launcher } from './launcher/launcher.ts'
import { PACK_LIMITS, type PackLimits } from './quarantine/pack-intake.ts'
import type { StoredObjects } from './objects/stored-objects.ts'
import { PackedRefLookup } from './refs/packed-ref-lookup.ts'
import type { SmallPushes } from './small-push/small-pushes.ts'
import { DiskQuarantine, type QuarantineParts } from './quarantine/quarantine.ts'
import { RefSessionPool, SHELF_DIRECTORY, type RefSessionLimits } from './refs/ref-session-pool.ts'
import { breakStaleLocks } from './refs/stale-locks.ts'
import { SharedSync } from './quarantine/shared-sync.ts'
import { UnsyncedDirectories } from './quarantine/unsynced-directories.ts'

export interface GitStoreOptions {
  /** Absolute path of the directory that holds all repositories. */
  readonly root: string
  /** Name of this server, unique for all time: see instance.ts. */
  readonly instance: string
  readonly launcher: Launcher
  /** Reads commits of repositories without a process, and is told of new ones; without it git is asked. */
  readonly objects?: Pick<StoredObjects, 'commit' | 'lineage' | 'learn'>
  readonly packLimits?: PackLimits
  /** Takes small packs without a process; without it git takes every one. */
  readonly smallPushes?: SmallPushes | null
  readonly sessionLimits?: RefSessionLimits
  /** How long a push may hold its locks while it waits for somebody. */
  readonly lastVetoMs?: number
}

const NO_OBJECTS = {
  commit: () => Promise.resolve(null),
  lineage: () => Promise.resolve(null),
  learn: () => {},
}
/** A slow server must not be taken for a dead one. */
const SLOW_MS = 5 * 60_000
const QUARANTINE_NAME = /^[\w-]+\/\d+$/

/** @returns the store; dispose after the last push, before the launcher */
export async function openGitStore(opts: GitStoreOptions): Promise<DiskGitStore> {
  const incoming = incomingDirectory(opts.root)
  const own = `${incoming}/${opts.instance}`
  await mkdir(`${own}/${SHELF_DIRECTORY}`, { recursive: true, mode: 0o700 })
  await syncPaths([opts.root, incoming])
  return new DiskGitStore(opts, incoming, own)
}

export class DiskGitStore implements GitStore, AsyncDisposable {
  readonly #parts: QuarantineParts
  readonly #instance: string
  readonly #own: string
  #quarantines = 0

  /** Not for direct use: see `openGitStore`. */
  constructor(opts: GitStoreOptions, incoming: string, own: string) {
    this.#instance = opts.instance
    this.#own = own
    this.#parts = {
      launcher: opts.launcher,
      objects: opts.objects ?? NO_OBJECTS,
      sessions: new RefSessionPool(opts.launcher, own, opts.sessionLimits),
      refs: new CurrentRefs(new PackedRefLookup()),
      unsynced: new UnsyncedDirectories(),
      cleanup: new Cleanup(),
      parent: new SharedSync(own),
      limits: opts.packLimits ?? PACK_LIMITS,
      abandonedLockMs: (opts.lastVetoMs ?? 0) + SLOW_MS,
      smallPushes: opts.smallPushes ?? null,
      incoming,
    }
  }

  openQuarantine(repo: RepoHandle): Quarantine {
    return new DiskQuarantine(this.#parts, repo, `${this.#instance}/${++this.#quarantines}`, 'open')
  }

  /** @throws AppError `NOT_FOUND` for what cannot be a name */
  resumeQuarantine(repo: RepoHandle, name: string): Quarantine {
    if (!QUARANTINE_NAME.test(name)) throw new AppError('NOT_FOUND')
    return new DiskQuarantine(this.#parts, repo, name, 'kept')
  }

  readRefs(repo: RepoHandle, refs: readonly RefName[]): Promise<ReadonlyMap<RefName, Oid>> {
    return this.#parts.refs.read(repo, refs)
  }

  async followHead(repo: RepoHandle, created: readonly RefName[]): Promise<string | null> {
    const branch = await followHead(this.#parts.refs, repo, created)
    if (branch !== null) this.#parts.unsynced.add(repo.path, [repo.path])
    return branch
  }

  /** The files of refs were synced by git before it renamed them into place. */
  syncRefs(repo: RepoHandle, refs: readonly RefName[]): Promise<void> {
    const directories = refs.flatMap((ref) => parents(repo, ref))
    return this.#parts.unsynced.sync(repo.path, directories)
  }

  breakStaleLocks(repo: RepoHandle, refs: readonly RefName[]): Promise<void> {
    this.#parts.unsynced.add(repo.path, [repo.path]) // whoever died may have left HEAD or packed-refs unsynced
    return breakStaleLocks(repo, refs)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#parts.sessions[Symbol.asyncDispose]()
    await this.#parts.cleanup[Symbol.asyncDispose]()
    await rm(`${this.#own}/${SHELF_DIRECTORY}`, { recursive: true, force: true }).catch(() => {})
    await rmdir(this.#own).catch(() => {}) // what is left is for recovery, or for the next sweep
  }
}

/** Directories that may have a new name in them: from the one that holds a ref up to one that every repository has. */
function parents(repo: RepoHandle, ref: RefName): string[] {
  const parts = ref.split('/').slice(0, -1)
  const paths = parts.map((_, i) => `${repo.path}/${parts.slice(0, i + 1).join('/')}`)
  return parts[1] === 'heads' || parts[1] === 'tags' ? paths.slice(1) : paths
}
