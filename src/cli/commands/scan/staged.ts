/** What the next commit would bring: the differences between the index and HEAD. */
import { GitFault } from '../../git-fault.ts'
import { placeOf } from './history.ts'
import { batchesOf, sizeOf } from './objects.ts'
import { records } from './records.ts'
import type { Git } from './repository.ts'
import type { PathAt, Source } from './source.ts'

export async function stagedSource(git: Git): Promise<Source> {
  const args = ['diff-index', '--cached', '-r', '-z', '--no-renames', await headOrNothing(git)]
  const words = await records(git(args), '\0')
  const places = words.flatMap((row, i) => {
    const at = i % 2 === 0 ? placeOf(row, words[i + 1] ?? '', null) : null
    return at === null ? [] : [at]
  })
  return {
    size: () => sizeOf(git, oidsOf(places)),
    batches: () => batchesOf(git, oidsOf(places)),
    types: (oids) => Promise.resolve(new Map(oids.map((oid) => [oid, 'blob']))),
    async *paths() {
      yield places
    },
  }
}

async function* oidsOf(places: readonly PathAt[]): AsyncGenerator<readonly string[]> {
  yield [...new Set(places.map(({ oid }) => oid))]
}

/** The empty tree before the first commit. */
async function headOrNothing(git: Git): Promise<string> {
  try {
    await records(git(['rev-parse', '--quiet', '--verify', 'HEAD^{commit}']), '\n')
    return 'HEAD'
  } catch (err) {
    if (!(err instanceof GitFault)) throw err
    const [emptyTree = ''] = await records(git(['hash-object', '-t', 'tree', '--stdin']), '\n')
    return emptyTree
  }
}
