/** Clones without blobs: the whole history and no contents, as people clone what is large. */
import type { Row } from '../row.ts'
import { compareRepeated, withStorm } from './repeated-clones.ts'

const PART = ['filter blob:none']
const TIMES = 16
const MIN_GAIN = 10

export const cloneBlobless: Row = {
  name: 'clone-blobless',
  title: 'Clones without blobs',
  method: `The request of \`git clone --filter=blob:none\`, sent ${TIMES} times together by a client that throws the pack away. CPU time of the server with all its children; ours has been warm for a while. "Nobody has asked before": each round clones the next older commit. The goals are meant for a repository of some 80,000 commits (\`BENCH_REPO\`).`,
  async measure(parts) {
    return await withStorm(parts, PART, async (storm) => {
      const repeated = { times: TIMES, minGainWarm: MIN_GAIN, minGainCold: MIN_GAIN }
      return {
        figures: await compareRepeated(storm, repeated, parts),
        note: `Repository: ${storm.description}.`,
      }
    })
  },
}
