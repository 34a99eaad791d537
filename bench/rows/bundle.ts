/** What a bundle saves the server when a repository is cloned in full, again and again. */
import { rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Figure } from '../figure.ts'
import { git } from '../git.ts'
import { interleave } from '../measure/interleave.ts'
import { medianOf, seriesOf } from '../measure/series.ts'
import type { HostedRepository } from '../peers/git-server.ts'
import { startSluice, type Sluice } from '../peers/sluice.ts'
import { openRestClient } from '../requests/rest-client.ts'
import type { Row, RowParts } from '../row.ts'

const CLONES = 16
const AT_ONCE = 4
/** So many make the server keep a bundle. */
const COUNTED_FETCHES = 5
const ASK_AGAIN_MS = 5_000
const PATIENCE_MS = 10 * 60_000

interface Cost {
  readonly cpuSeconds: number
  /** Of one clone. */
  readonly wallSeconds: number
}

export const bundle: Row = {
  name: 'bundle',
  title: `${CLONES} full clones that begin with a bundle`,
  method: `\`git clone --bare\` by a stock client, ${AT_ONCE} at a time, of a repository that has a bundle: with \`--bundle-uri\` and without it. Before each turn a commit is made, so that no answer is remembered and no pack holds exactly what a clone gets; what the server does after that commit is counted, too. Once as the server is, where one git answers all clones that ask the same, and once where each has a git of its own (\`SLUICE_FETCH_CACHE_BYTES=0\`). The clients share the cores with the server.`,
  onlyWhenAsked: true,
  async measure(parts) {
    const { directory, description } = await parts.inputs.medium()
    const figures: Figure[] = []
    for (const [what, settings] of SERVERS) {
      const data = join(parts.scratch, `data-${figures.length}`)
      await using sluice = await startSluice(parts.root, data, { SLUICE_BUNDLE_MIN_BYTES: '1', ...settings })
      const hosted = await sluice.host('bundled', directory)
      await haveBundled(parts, sluice, hosted)
      const withBundle = [`--bundle-uri=${listOf(sluice, hosted)}`]
      const costs = await interleave(
        {
          with: (round) => cloneAll(parts, { sluice, hosted, round }, withBundle),
          without: (round) => cloneAll(parts, { sluice, hosted, round }, []),
        },
        parts,
      )
      figures.push(...figuresOf(what, costs))
    }
    return { figures, note: `Repository: ${description}.` }
  },
}

const SERVERS: readonly (readonly [what: string, settings: Readonly<Record<string, string>>])[] = [
  ['a git for each', { SLUICE_FETCH_CACHE_BYTES: '0' }],
  ['shared answers', {}],
]

function figuresOf(what: string, costs: Readonly<Record<'with' | 'without', readonly Cost[]>>): Figure[] {
  const compare = (of: (cost: Cost) => number) => ({
    unit: 's' as const,
    ours: seriesOf(costs.with.map(of)),
    against: { name: 'without a bundle', series: seriesOf(costs.without.map(of)) },
    goal: null,
  })
  return [
    { what: `${what}: server CPU of all`, ...compare(({ cpuSeconds }) => cpuSeconds) },
    { what: `${what}: wall time of one clone`, ...compare(({ wallSeconds }) => wallSeconds) },
  ]
}

function listOf({ origin }: Sluice, { path }: HostedRepository): string {
  return `${origin}${path}/bundles`
}

/** By maintenance, as in earnest. @throws Error when there is none for long */
async function haveBundled(
  { scratch, progress }: RowParts,
  sluice: Sluice,
  hosted: HostedRepository,
): Promise<void> {
  progress('waiting for the bundle')
  for (let n = 0; n < COUNTED_FETCHES; n++) {
    const target = join(scratch, 'counted.git')
    await git(['clone', '-q', '--bare', '--depth', '1', hosted.cloneUrl, target])
    await rm(target, { recursive: true })
  }
  const { headers } = sluice
  const job = `${sluice.origin}/admin/repos/${basename(hosted.directory, '.git')}/maintenance`
  const deadline = Date.now() + PATIENCE_MS
  while (!(await (await fetch(listOf(sluice, hosted), { headers })).text()).includes('uri')) {
    if (Date.now() > deadline) throw new Error('no bundle was made')
    await (await fetch(job, { method: 'POST', headers })).arrayBuffer()
    await delay(ASK_AGAIN_MS)
  }
}

interface Turn {
  readonly sluice: Sluice
  readonly hosted: HostedRepository
  readonly round: number
}

async function cloneAll(
  { scratch }: RowParts,
  { sluice, hosted, round }: Turn,
  args: readonly string[],
): Promise<Cost> {
  const cpuBefore = sluice.cpu.readMs()
  await commitOnTop(sluice, hosted, `${round} ${args.length}`)
  const walls: number[] = []
  let left = CLONES
  const lane = async (): Promise<void> => {
    while (left-- > 0) walls.push(await timeClone(sluice, hosted, join(scratch, `clone-${left}.git`), args))
  }
  await Promise.all(Array.from({ length: AT_ONCE }, lane))
  return { cpuSeconds: (sluice.cpu.readMs() - cpuBefore) / 1000, wallSeconds: medianOf(walls) }
}

async function timeClone(
  { headers, origin }: Sluice,
  { path }: HostedRepository,
  target: string,
  args: readonly string[],
): Promise<number> {
  const credential = `http.extraHeader=Authorization: ${headers['authorization']}`
  const begin = performance.now()
  await git(['-c', credential, 'clone', '-q', '--bare', ...args, `${origin}${path}`, target])
  const seconds = (performance.now() - begin) / 1000
  await git(['rev-parse', '-q', '--verify', 'HEAD'], { cwd: target })
  await rm(target, { recursive: true })
  return seconds
}

async function commitOnTop(sluice: Sluice, hosted: HostedRepository, content: string): Promise<void> {
  const { stdout } = await git(['symbolic-ref', '--short', 'HEAD'], { cwd: hosted.directory })
  using client = openRestClient(sluice, hosted)
  const changes = [{ path: 'bundled.txt', content, action: 'put', encoding: 'utf-8' }]
  await client.post('/commits', { branch: stdout.trim(), message: 'commit', changes })
}
