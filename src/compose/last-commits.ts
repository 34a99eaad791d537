/** Indexes of last commits over the default branches of this server's repositories. */
import type { Config } from '../config/config.ts'
import { LastCommitsIndexes, type IndexesParts } from '../git/last-commits/last-commits-indexes.ts'
import type { RefSnapshots } from '../git/refs/ref-snapshots.ts'
import type { ErrorLog } from '../http/error-rendering.ts'
import type { Oid } from '../kernel/ids.ts'

export interface LastCommitIndexesParts extends Pick<IndexesParts, 'launcher' | 'files' | 'objects'> {
  readonly snapshots: Pick<RefSnapshots, 'get'>
  readonly log: ErrorLog
}

/** Of more files and directories no index is made: their names have to fit into memory for a moment. */
const MAX_PATHS = 250_000

/** Dispose before the launcher. */
export function openLastCommitIndexes(config: Config, parts: LastCommitIndexesParts): LastCommitsIndexes {
  const { launcher, files, objects, snapshots, log } = parts
  return new LastCommitsIndexes({
    ...{ launcher, files, objects },
    memoryBytes: config.git.memoryBytes,
    maxPaths: MAX_PATHS,
    tipOf: async (repo) => {
      const { head } = await snapshots.get(repo)
      return head.kind === 'born' ? ((head.peeled ?? head.oid) as Oid) : null
    },
    onFailed: ({ id }, err) => log.error({ err, repository: id }, 'last commits could not be kept up'),
  })
}
