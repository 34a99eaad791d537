/** What the user of a stock git feels, beside what it costs the server: mostly the first is the client's own. */
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Figure } from '../figure.ts'
import { git } from '../git.ts'
import { interleave } from '../measure/interleave.ts'
import { medianOf, seriesOf } from '../measure/series.ts'
import type { GitServer, HostedRepository } from '../peers/git-server.ts'
import { startHttpBackend } from '../peers/nginx-http-backend.ts'
import { startSluice } from '../peers/sluice.ts'
import { FELT } from '../report/summary.ts'
import type { Row, RowParts } from '../row.ts'

const PUSHES = 10
const LISTS = 10
const CLONES_AT_ONCE = 8
const BRANCH = 'felt'

/** Of one command, or of all that run at once. */
interface Felt {
  readonly wallMs: number
  readonly cpuMs: number
}

/** One server, with a repository of its own for each kind of command. */
interface Side {
  readonly server: GitServer
  /** Of middle size, to be cloned. */
  readonly cloned: HostedRepository
  /** Pushed to. */
  readonly pushed: HostedRepository
  /** Clone of `pushed`, which the pushes come from. */
  readonly work: string
}

interface Command {
  readonly what: string
  /** Seconds where it takes as long. */
  readonly unit: 'ms' | 's'
  run(side: Side, scratch: string): Promise<Felt>
}

const COMMANDS: readonly Command[] = [
  {
    what: 'git ls-remote',
    unit: 'ms',
    run: (side) => medianFelt(side, LISTS, () => git(['ls-remote', '-q', side.cloned.cloneUrl])),
  },
  { what: 'git push of one commit', unit: 'ms', run: pushOften },
  { what: `${CLONES_AT_ONCE} × git clone --depth 1, at once`, unit: 's', run: cloneShallow },
  { what: 'git clone, everything', unit: 's', run: cloneAll },
]

export const client: Row = {
  name: 'client',
  title: 'What a client feels',
  method: `Commands of a stock git, from start to exit, and the server CPU meanwhile, all children included. Lists and pushes: the median of ${LISTS} a round, pushes into a repository of 2,000 commits and 50 branches; clones are bare, each round anew, of a repository that the server has served before. Client and server share the cores.`,
  async measure(parts) {
    await using sluice = await startSluice(parts.root, join(parts.scratch, 'data'))
    await using backend = await startHttpBackend(parts.scratch)
    const ours = await openSide(parts, sluice, 'ours')
    const peer = await openSide(parts, backend, 'peer')
    const figures: Figure[] = []
    for (const command of COMMANDS) {
      parts.progress(command.what)
      const felt = await interleave(
        { ours: () => command.run(ours, parts.scratch), peer: () => command.run(peer, parts.scratch) },
        parts,
      )
      figures.push(...figuresOf(command, felt, backend.name))
    }
    const { description } = await parts.inputs.medium()
    return { figures, note: `Cloned and listed: ${description}.` }
  },
}

function figuresOf(
  { what, unit }: Command,
  felt: Readonly<Record<'ours' | 'peer', readonly Felt[]>>,
  peer: string,
): Figure[] {
  const figure = (kind: keyof typeof FELT, of: (felt: Felt) => number): Figure => {
    const shown = (side: readonly Felt[]) =>
      seriesOf(side.map((each) => (unit === 's' ? of(each) / 1000 : of(each))))
    const against = { name: peer, series: shown(felt.peer) }
    return { what: `${what}: ${FELT[kind]}`, unit, ours: shown(felt.ours), against, goal: null }
  }
  return [figure('wall', ({ wallMs }) => wallMs), figure('cpu', ({ cpuMs }) => cpuMs)]
}

async function openSide({ scratch, inputs }: RowParts, server: GitServer, name: string): Promise<Side> {
  const { directory } = await inputs.medium()
  const pushed = await server.host('felt-pushed', await inputs.pushed())
  const work = join(scratch, `work-${name}`)
  await git(['clone', '-q', '--depth', '1', '--no-checkout', pushed.cloneUrl, work])
  return { server, cloned: await server.host('felt-cloned', directory), pushed, work }
}

async function feel({ server }: Side, work: () => Promise<unknown>): Promise<Felt> {
  const cpuBefore = server.cpu.readMs()
  const begin = performance.now()
  await work()
  const wallMs = performance.now() - begin
  return { wallMs, cpuMs: server.cpu.readMs() - cpuBefore }
}

async function medianFelt(side: Side, times: number, work: () => Promise<unknown>): Promise<Felt> {
  const felt: Felt[] = []
  for (let at = 0; at < times; at++) felt.push(await feel(side, work))
  return {
    wallMs: medianOf(felt.map(({ wallMs }) => wallMs)),
    cpuMs: medianOf(felt.map(({ cpuMs }) => cpuMs)),
  }
}

/** Each a commit on top of the one before; making it is not counted. */
async function pushOften(side: Side): Promise<Felt> {
  const felt: Felt[] = []
  for (let at = 0; at < PUSHES; at++) {
    await commitOnTop(side)
    const refspec = `HEAD:refs/heads/${BRANCH}`
    felt.push(await feel(side, () => git(['push', '-q', side.pushed.cloneUrl, refspec], { cwd: side.work })))
  }
  return {
    wallMs: medianOf(felt.map(({ wallMs }) => wallMs)),
    cpuMs: medianOf(felt.map(({ cpuMs }) => cpuMs)),
  }
}

/** One file that changes. */
async function commitOnTop({ work }: Side): Promise<void> {
  const { stdout: parent } = await git(['rev-parse', 'HEAD'], { cwd: work })
  const { stdout: blob } = await git(['hash-object', '-w', '--stdin'], {
    cwd: work,
    input: `after ${parent}`,
  })
  await git(['read-tree', 'HEAD'], { cwd: work })
  await git(['update-index', '--add', '--cacheinfo', `100644,${blob.trim()},felt.txt`], { cwd: work })
  await git(['commit', '-q', '-m', 'felt'], { cwd: work })
}

function cloneShallow(side: Side, scratch: string): Promise<Felt> {
  return cloneAtOnce(side, scratch, CLONES_AT_ONCE, ['--depth', '1'])
}

function cloneAll(side: Side, scratch: string): Promise<Felt> {
  return cloneAtOnce(side, scratch, 1, [])
}

async function cloneAtOnce(
  side: Side,
  scratch: string,
  count: number,
  options: readonly string[],
): Promise<Felt> {
  const targets = Array.from({ length: count }, (_, at) => join(scratch, `clone-${at}.git`))
  const clone = (target: string) => git(['clone', '-q', '--bare', ...options, side.cloned.cloneUrl, target])
  const felt = await feel(side, () => Promise.all(targets.map(clone)))
  for (const target of targets) {
    await git(['rev-parse', '-q', '--verify', 'HEAD'], { cwd: target })
    await rm(target, { recursive: true })
  }
  return felt
}
