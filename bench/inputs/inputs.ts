/**
 * The repositories and stores that the rows measure with. Each is made once from a fixed seed and kept beside
 * the results of the bench; delete the directory to have them made again.
 */
import type { DatabaseAddress } from '../../src/store/database.ts'
import { addBranches } from './branches.ts'
import { importHistory } from './fast-import.ts'
import { keepInput } from './kept-input.ts'
import { largeHistory } from './large-history.ts'
import { nestedHistory, type NestedSize } from './nested-history.ts'
import { keptNostrStore, type NostrStoreSize } from './nostr-store.ts'
import { cloneAsMain, cloneHeadsAndTags, describe, stateOf } from './real-repository.ts'
import { textHistory } from './text-history.ts'
import { addTopics } from './topics.ts'

export interface Inputs {
  /** 50 commits, 20 files, and as many branches as asked for, packed. */
  small(opts: { branches: number }): Promise<string>
  /** A repository of middle size: `BENCH_REPO`, or 10,000 commits on 2,000 files. */
  medium(): Promise<MediumRepository>
  /** 2,000 commits on 400 files, 50 branches. */
  pushed(): Promise<string>
  /** 2,000 commits on 5,000 files, and 200 branches to merge; see topics.ts. */
  merged(): Promise<string>
  /** The same on 50,000 commits, or on `BENCH_REPO`; its default branch is `main`. */
  mergedLarge(): Promise<MediumRepository>
  /** 50 branches on a history of any size whose directories all have ten entries. */
  nested(size: NestedSize): Promise<string>
  /** 1 GiB of incompressible blobs. */
  large(): Promise<string>
  /** A database of nostr events, to be read only. */
  nostr(size: NostrStoreSize): Promise<DatabaseAddress>
}

export interface MediumRepository {
  readonly directory: string
  /** For the table; no path of this machine. */
  readonly description: string
}

const SMALL = { commits: 50, files: 20 }
const PUSHED = { commits: 2_000, files: 400 }
const MERGED = { commits: 2_000, files: 5_000 }
const TOPICS = 200
const MERGED_LARGE = { commits: 50_000, files: 5_000 }
const MEDIUM = { commits: 10_000, files: 2_000 }
const GENTLE_BRANCHES = 50

/**
 * @param directory where they are kept
 * @param realRepository `BENCH_REPO`
 */
export function openInputs(
  directory: string,
  realRepository: string | null,
  progress: (text: string) => void,
): Inputs {
  const keep = (name: string, make: (draft: string) => Promise<void>) =>
    keepInput({ directory, name, progress }, make)
  return {
    small: ({ branches }) =>
      keep(`small-${branches}-branches`, async (draft) => {
        await importHistory(draft, textHistory('small', SMALL), { compress: true })
        await addBranches(draft, branches)
      }),
    pushed: () =>
      keep('pushed', async (draft) => {
        await importHistory(draft, textHistory('pushed', PUSHED), { compress: true })
        await addBranches(draft, GENTLE_BRANCHES)
      }),
    merged: () =>
      keep('merged', async (draft) => {
        await importHistory(draft, textHistory('merged', MERGED), { compress: true })
        await addTopics(draft, TOPICS)
      }),
    mergedLarge: async () => {
      const name = realRepository === null ? 'merged-large' : `merged-real-${await stateOf(realRepository)}`
      const kept = await keep(name, async (draft) => {
        if (realRepository === null) {
          await importHistory(draft, textHistory('merged', MERGED_LARGE), { compress: true })
        } else await cloneAsMain(realRepository, draft)
        await addTopics(draft, TOPICS)
      })
      return { directory: kept, description: await describe(kept, realRepository) }
    },
    nested: (size) =>
      keep(`nested-${size.files}-files-${size.commits}-commits`, async (draft) => {
        await importHistory(draft, nestedHistory('nested', size), { compress: true })
        await addBranches(draft, GENTLE_BRANCHES)
      }),
    large: () => keep('large', (draft) => importHistory(draft, largeHistory(), { compress: false })),
    nostr: (size) => keptNostrStore({ directory, progress }, size),
    medium: async () => {
      const make = (draft: string) =>
        realRepository === null
          ? importHistory(draft, textHistory('medium', MEDIUM), { compress: true })
          : cloneHeadsAndTags(realRepository, draft)
      const name = realRepository === null ? 'medium' : `real-${await stateOf(realRepository)}`
      const kept = await keep(name, make)
      return { directory: kept, description: await describe(kept, realRepository) }
    },
  }
}
