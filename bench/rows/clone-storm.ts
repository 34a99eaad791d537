/** Many full clones at once of a repository that is looked after. */
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { git } from '../git.ts'
import { interleave } from '../measure/interleave.ts'
import { seriesOf } from '../measure/series.ts'
import type { GitServer, HostedRepository } from '../peers/git-server.ts'
import { startHttpBackend } from '../peers/nginx-http-backend.ts'
import { startNginxFiles, type FileServer } from '../peers/nginx-files.ts'
import { startNodeFile } from '../peers/node-file.ts'
import { startSluice, type Sluice } from '../peers/sluice.ts'
import { openFetcher } from '../requests/fetch-request.ts'
import { readAway } from '../requests/read-away.ts'
import { haveClonePack, wholeCloneArguments } from '../requests/whole-clone.ts'
import type { Row } from '../row.ts'

const CLONES = 16
const MIN_GAIN = 10
const MAX_RATIO = 2.5
const GIB = 1024 ** 3
/** A server has long been compiled and optimised by its engine when it is busy. */
const WARM_UP_BYTES = 4 * GIB

interface Cost {
  readonly cpuSeconds: number
  readonly perGib: number
  readonly wallSeconds: number
}

export const cloneStorm: Row = {
  name: 'clone-storm',
  title: `${CLONES} full clones at once`,
  method: `${CLONES} requests for everything at once, by clients that read their answers and throw them away, on both servers. Ours has been looked after, so that one pack holds exactly what a clone gets; the peer has the same pack, and a bitmap. Beside it, the same pack sent ${CLONES} times by nginx with sendfile, and by a Node server that does nothing but read and write. Ours and that one have been warm for a while. Once, a stock client clones from ours and checks what it got.`,
  async measure(parts) {
    const { directory, description } = await parts.inputs.medium()
    await using sluice = await startSluice(parts.root, join(parts.scratch, 'data'))
    await using peer = await startHttpBackend(parts.scratch)
    const ours = await sluice.host('stormed', directory)
    const theirs = await peer.host('stormed', directory)
    await haveClonePack(sluice, ours)
    await git(['repack', '-q', '-a', '-d', '-b'], { cwd: theirs.directory })
    await checkClone(sluice, ours, join(parts.scratch, 'checked.git'))
    const everything = await wholeCloneArguments(directory)
    using ourFetcher = openFetcher(sluice, ours)
    using theirFetcher = openFetcher(peer, theirs)
    const packs = join(ours.directory, 'objects', 'pack')
    await using files = await startNginxFiles(parts.scratch, packs)
    const pack = (await readdir(packs)).find((name) => name.endsWith('.pack')) ?? ''
    await using node = await startNodeFile(parts.root, join(packs, pack))
    const { size } = await stat(join(packs, pack))
    for (let sent = 0; sent < WARM_UP_BYTES; sent += CLONES * size) {
      await storm(sluice, () => ourFetcher.fetch(everything))
      await storm(node, () => fileOnce(node, pack))
    }
    const costs = await interleave(
      {
        ours: () => storm(sluice, () => ourFetcher.fetch(everything)),
        peer: () => storm(peer, () => theirFetcher.fetch(everything)),
        files: () => storm(files, () => fileOnce(files, pack)),
        node: () => storm(node, () => fileOnce(node, pack)),
      },
      parts,
    )
    const of = (side: keyof typeof costs, what: keyof Cost) => seriesOf(costs[side].map((cost) => cost[what]))
    return {
      note: `Repository: ${description}.`,
      figures: [
        {
          ...{ what: 'server CPU of all', unit: 's', ours: of('ours', 'cpuSeconds') },
          against: { name: peer.name, series: of('peer', 'cpuSeconds') },
          goal: { measure: 'gain', atLeast: MIN_GAIN },
        },
        {
          ...{ what: 'server CPU a GiB', unit: 's', ours: of('ours', 'perGib') },
          against: { name: files.name, series: of('files', 'perGib') },
          goal: { measure: 'ratio', atMost: MAX_RATIO },
        },
        {
          ...{ what: 'server CPU a GiB, beside Node alone', unit: 's', ours: of('ours', 'perGib') },
          against: { name: node.name, series: of('node', 'perGib') },
          goal: null,
        },
        {
          ...{ what: 'wall time of all', unit: 's', ours: of('ours', 'wallSeconds') },
          against: { name: peer.name, series: of('peer', 'wallSeconds') },
          goal: null,
        },
      ],
    }
  },
}

async function storm(server: Pick<GitServer, 'cpu'>, ask: () => Promise<number>): Promise<Cost> {
  const cpuBefore = server.cpu.readMs()
  const began = performance.now()
  const sizes = await Promise.all(Array.from({ length: CLONES }, ask))
  const wallSeconds = (performance.now() - began) / 1000
  const cpuSeconds = (server.cpu.readMs() - cpuBefore) / 1000
  const bytes = sizes.reduce((sum, size) => sum + size, 0)
  return { cpuSeconds, perGib: cpuSeconds / (bytes / GIB), wallSeconds }
}

function fileOnce({ origin }: FileServer, name: string): Promise<number> {
  return readAway(`${origin}/${name}`)
}

async function checkClone(sluice: Sluice, { cloneUrl }: HostedRepository, target: string): Promise<void> {
  const started = await sluice.readMetric('sluice_git_processes_started_total')
  await git(['clone', '-q', '--bare', cloneUrl, target])
  await git(['rev-list', '--objects', '--all', '--quiet'], { cwd: target })
  if ((await sluice.readMetric('sluice_git_processes_started_total')) !== started)
    throw new Error('a clone has started a git')
}
