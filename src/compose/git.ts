/** Git on disk: the launcher, the store behind the door, and ref snapshots for readers. */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Config } from '../config/config.ts'
import { Bundles } from '../git/bundles/bundles.ts'
import { CommitGraphs } from '../git/commit-graph/commit-graphs.ts'
import { GitReader } from '../git/git-reader.ts'
import { FetchCache } from '../git/fetch-cache/fetch-cache.ts'
import { openFetchDirectory } from '../git/fetch-cache/fetch-directory.ts'
import { openGitStore, type DiskGitStore } from '../git/git-store.ts'
import { CommitLog } from '../git/history/commit-log.ts'
import { Diffs } from '../git/history/diffs.ts'
import { openLauncher, type Launcher } from '../git/launcher/launcher.ts'
import { SlabPool } from '../git/launcher/slab-pool.ts'
import { FairQueue } from '../git/limits.ts'
import { CatFile } from '../git/objects/cat-file.ts'
import type { LastCommitsIndexes } from '../git/last-commits/last-commits-indexes.ts'
import { LastCommits } from '../git/last-commits/last-commits.ts'
import { STORED_OBJECTS_LIMITS, StoredObjects } from '../git/objects/stored-objects.ts'
import { PACK_LIMITS } from '../git/quarantine/pack-intake.ts'
import { emptySnapshot, type RefSnapshot } from '../git/refs/ref-snapshot.ts'
import { RefSnapshots } from '../git/refs/ref-snapshots.ts'
import { Revisions } from '../git/revisions.ts'
import { SmallPushes } from '../git/small-push/small-pushes.ts'
import { createRepository, removeRepository } from '../git/storage.ts'
import { VerbatimClones } from '../git/verbatim/verbatim-clones.ts'
import { writeReceivePackAdvertisement, writeUploadPackAdvertisement } from '../git/wire/advertisement.ts'
import { parseLsRefsArgs, writeLsRefs } from '../git/wire/ls-refs.ts'
import { branchRef } from '../kernel/ids.ts'
import type { RepoHandle, Repository } from '../kernel/repository.ts'
import type { ErrorLog } from '../http/error-rendering.ts'
import type { Advertisements } from '../rooms/transport/info-refs.ts'
import { openLastCommitIndexes } from './last-commits.ts'

/** Ref prefixes that no client sees. */
export const HIDDEN_REFS = ['refs/internal/', 'refs/quarantine/']
/** Nor does who pushes see these: `git push --mirror` would try to delete them. */
const NOT_PUSHED = [...HIDDEN_REFS, 'refs/pull/']
const SNAPSHOT_BYTES = 64 * 1024 * 1024

export interface Git extends AsyncDisposable {
  readonly launcher: Launcher
  /** For all streams of packs. */
  readonly slabs: SlabPool
  readonly verbatim: VerbatimClones
  /** `null`: every fetch has a git of its own. */
  readonly fetches: FetchCache | null
  /** Places of those who are given an answer that needs no git of their own. */
  readonly readers: FairQueue
  readonly bundles: Bundles
  readonly store: DiskGitStore
  /** `null`: git takes every pack. */
  readonly smallPushes: SmallPushes | null
  /** Git data of repositories. */
  readonly storage: {
    /** Whole and on disk when it resolves. */
    create(repo: RepoHandle & { readonly defaultBranch: string }): Promise<void>
    /** Harmless when there is none. */
    remove(repo: RepoHandle): Promise<void>
  }
  readonly queue: FairQueue
  /** Read-only git for the REST API, with a place in `queue`. */
  readonly reader: GitReader
  readonly snapshots: RefSnapshots
  readonly objects: StoredObjects
  /** Objects as bytes, read anew each time. */
  readonly files: CatFile
  readonly revisions: Revisions
  readonly lastCommits: LastCommits
  readonly lastCommitIndexes: LastCommitsIndexes
  readonly log: CommitLog
  readonly diffs: Diffs
  readonly advertisements: Advertisements
  readonly lsRefs: (repo: Repository, args: readonly string[]) => Promise<Buffer>
}

export interface GitParts {
  readonly launcherScript: string
  /** Names this start of the server. */
  readonly run: string
  readonly version: string
  readonly log: ErrorLog
}

export async function openGit(config: Config, parts: GitParts): Promise<Git> {
  const environmentHome = join(config.dataDir, 'empty-home')
  await mkdir(environmentHome, { recursive: true, mode: 0o700 })
  await mkdir(config.gitStorageRoot, { recursive: true, mode: 0o700 })
  const slabs = new SlabPool()
  const launcher = await openLauncher({
    script: parts.launcherScript,
    slabs,
    environmentHome,
    onLost: () => parts.log.error({}, 'the launcher died and is being restarted'),
  })
  const packLimits = {
    ...PACK_LIMITS,
    maxPackBytes: config.push.maxPackBytes,
    memoryBytes: config.git.memoryBytes,
  }
  const root = config.gitStorageRoot
  const catFile = new CatFile(launcher)
  const graphs = new CommitGraphs()
  const objects = new StoredObjects(catFile, STORED_OBJECTS_LIMITS, graphs)
  const smallPushes = config.push.small ? new SmallPushes() : null
  const lastVetoMs = config.push.preparedDeadlineMs
  const store = await openGitStore({
    ...{ root, instance: parts.run, launcher, objects, packLimits, smallPushes, lastVetoMs },
  })
  const snapshots = new RefSnapshots({ maxBytes: SNAPSHOT_BYTES })
  const known = { launcher, files: catFile, objects, snapshots, log: parts.log }
  const lastCommitIndexes = openLastCommitIndexes(config, known)
  const lastCommits = new LastCommits({ objects, indexes: lastCommitIndexes })
  const refsOf = shownRefs(snapshots)
  const queue = fairQueue(config.git)
  const fetches = await openFetchCache(config, parts, slabs)
  const { memoryBytes } = config.git
  const reader = new GitReader(launcher, queue, { memoryBytes, beforeEach: (repo) => graphs.check(repo) })
  const bundles = new Bundles({ snapshots, objects, launcher, enabled: config.bundles !== null })
  return {
    launcher,
    slabs,
    verbatim: new VerbatimClones({ snapshots, slabs }),
    fetches,
    readers: readersQueue(config.readers),
    bundles,
    store,
    smallPushes,
    storage: {
      create: (repo) => createRepository({ ...repo, head: branchRef(repo.defaultBranch) }),
      remove: async (repo) => {
        snapshots.forget(repo.id)
        objects.forget(repo.id)
        bundles.forget(repo.id)
        lastCommits.forget(repo.id)
        fetches?.drop(repo.id)
        await removeRepository(repo.path)
      },
    },
    queue,
    reader,
    snapshots,
    objects,
    files: catFile,
    revisions: new Revisions({ snapshots, objects, hidden: HIDDEN_REFS }),
    lastCommits,
    lastCommitIndexes,
    log: new CommitLog({ git: reader, objects }),
    diffs: new Diffs(reader),
    advertisements: advertisements(refsOf, bundles, `sluice/${parts.version}`),
    lsRefs: async (repo, args) => writeLsRefs(await refsOf(repo), parseLsRefsArgs(args), HIDDEN_REFS),
    async [Symbol.asyncDispose]() {
      await fetches?.[Symbol.asyncDispose]()
      await lastCommitIndexes[Symbol.asyncDispose]()
      await catFile[Symbol.asyncDispose]()
      await store[Symbol.asyncDispose]()
      smallPushes?.[Symbol.dispose]()
      graphs[Symbol.dispose]()
      await launcher[Symbol.asyncDispose]()
    },
  }
}

async function openFetchCache(
  config: Config,
  { run, log }: GitParts,
  slabs: SlabPool,
): Promise<FetchCache | null> {
  const directory = await openFetchDirectory(config.gitStorageRoot, run)
  if (config.fetchCacheBytes === 0) return null
  return new FetchCache({
    directory,
    maxBytes: config.fetchCacheBytes,
    slabs,
    onFailed: (err) => log.warn({ err }, 'an answer to fetches could not be shared'),
  })
}

/**
 * No repository and nobody alone may take every place, unless there are only a few; and nobody alone
 * all those of a repository.
 */
function fairQueue({ processes, queue }: Config['git']): FairQueue {
  const share = Math.max(2, Math.ceil(processes / 2))
  const perRepository = Math.min(processes, share + Math.ceil(share / 2))
  return new FairQueue({ total: processes, perRepository, perPrincipal: share, maxWaiting: queue })
}

/**
 * Who reads slowly keeps a place for long. So nobody alone gets more than half of what is left to others, but for
 * a few that everybody may have: two who read nothing leave room for many who do.
 */
function readersQueue(total: number): FairQueue {
  return new FairQueue({
    total,
    perRepository: Math.ceil(total * 0.75),
    perPrincipal: Math.ceil(total / 16),
    partOfFree: 0.5,
    maxWaiting: total * 8,
  })
}

type RefsOf = (repo: Repository) => Promise<RefSnapshot>

/** One that has not been made yet has none. */
function shownRefs(snapshots: RefSnapshots): RefsOf {
  return async (repo) =>
    repo.state === 'provisional'
      ? emptySnapshot(repo.objectFormat, branchRef(repo.defaultBranch))
      : await snapshots.get(repo)
}

function advertisements(snapshotOf: RefsOf, bundles: Pick<Bundles, 'has'>, agent: string): Advertisements {
  return {
    uploadPack: async (repo, version) => {
      const { objectFormat } = repo
      if (version === 2) {
        const hasBundles = await bundles.has(repo)
        return writeUploadPackAdvertisement({ version, objectFormat, agent, hasBundles })
      }
      const snapshot = await snapshotOf(repo)
      return writeUploadPackAdvertisement({ version, snapshot, objectFormat, agent, hidden: HIDDEN_REFS })
    },
    receivePack: async (repo) => {
      const { objectFormat } = repo
      return writeReceivePackAdvertisement({
        snapshot: await snapshotOf(repo),
        objectFormat,
        agent,
        hidden: NOT_PUSHED,
      })
    },
  }
}
