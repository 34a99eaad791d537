/** Does a repository that took very many pushes stay as fast as one that was repacked a moment ago? */
import { cp, mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Figure } from '../figure.ts'
import { git } from '../git.ts'
import { PushedHistory } from '../inputs/pushed-history.ts'
import { interleave } from '../measure/interleave.ts'
import { medianOf, seriesOf } from '../measure/series.ts'
import type { HostedRepository } from '../peers/git-server.ts'
import { startSluice, type Sluice } from '../peers/sluice.ts'
import { settled } from '../requests/maintain.ts'
import { openPoller } from '../requests/poll-request.ts'
import { checkAccepted } from '../requests/push-request.ts'
import { openPusher } from '../requests/pusher.ts'
import type { Row, RowParts } from '../row.ts'

const PUSHES = 20_000
const BRANCHES = 200
const AT_ONCE = 8
/** While it is pushed to. */
const CLONES = 10
const POLLS = 9
const MAX_RATIO = 1.2

export const maintenance: Row = {
  name: 'maintenance',
  title: `After ${PUSHES.toLocaleString('en')} pushes`,
  method: `${AT_ONCE} clients push ${PUSHES.toLocaleString('en')} commits over HTTP, one a push, to ${BRANCHES} branches of one repository, each changing one of 400 files; somebody clones it ten times, and the server looks after it by itself meanwhile. When it has nothing left to do, the repository is compared with a copy of it, on the same server, that was repacked with \`git repack -adfb\` and \`git pack-refs --all\`; and with one as it would be without any maintenance: every object and every ref a file. \`ls-refs\` lists all branches, each time after a push, so that none of it is remembered; of ${POLLS} the median counts. The clone is \`git clone --bare\` by a stock client, which is part of the time.`,
  onlyWhenAsked: true,
  measure: (parts) => measure(parts, PUSHES),
}

type Kind = 'maintained' | 'repacked' | 'neglected'

interface Side {
  readonly hosted: HostedRepository
  readonly history: PushedHistory
}

async function measure(parts: RowParts, pushes: number): Promise<{ figures: Figure[]; note: string }> {
  await using sluice = await startSluice(parts.root, `${parts.scratch}/data`)
  const history = new PushedHistory()
  const hosted = await sluice.host('maintained', null)
  const every = Math.ceil(pushes / CLONES)
  const cloneNow = () => timeClone(parts, hosted).then(() => {})
  const seconds = await pushAll(parts, { sluice, hosted, history }, { pushes, every, then: cloneNow })
  await settled(sluice)
  const { repacked, neglected } = await makeCopies(parts, hosted.directory)
  const sides: Record<Kind, Side> = {
    maintained: { hosted, history },
    repacked: { hosted: await sluice.host('repacked', repacked), history: history.fork() },
    neglected: { hosted: await sluice.host('neglected', neglected), history: history.fork() },
  }
  const lists = await interleave(
    eachSide(sides, (side) => timeLists(sluice, side)),
    parts,
  )
  const clones = await interleave(
    eachSide(sides, (side) => timeClone(parts, side.hosted)),
    parts,
  )
  return {
    note: `The pushes took ${Math.round(seconds)} s, maintenance included: ${Math.round(pushes / seconds)}/s.`,
    figures: [...figuresOf('ls-refs after a push', 'ms', lists), ...figuresOf('clone', 's', clones)],
  }
}

function eachSide(
  sides: Readonly<Record<Kind, Side>>,
  time: (side: Side) => Promise<number>,
): Record<Kind, () => Promise<number>> {
  const { maintained, repacked, neglected } = sides
  return {
    maintained: () => time(maintained),
    repacked: () => time(repacked),
    neglected: () => time(neglected),
  }
}

function figuresOf(what: string, unit: 'ms' | 's', values: Readonly<Record<Kind, number[]>>): Figure[] {
  const ours = seriesOf(values.maintained)
  const against = (name: string, of: number[]) => ({ name, series: seriesOf(of) })
  return [
    {
      ...{ what, unit, ours, against: against('repacked a moment ago', values.repacked) },
      goal: { measure: 'ratio', atMost: MAX_RATIO },
    },
    {
      ...{ what: `${what}, without maintenance`, unit, ours: seriesOf(values.neglected) },
      ...{ against: against('repacked a moment ago', values.repacked), goal: null },
    },
  ]
}

/** @returns seconds */
async function pushAll(
  { progress }: RowParts,
  { sluice, hosted, history }: Side & { sluice: Sluice },
  { pushes, every, then }: { pushes: number; every: number; then: () => Promise<void> },
): Promise<number> {
  using first = openPusher(sluice, hosted)
  checkAccepted(await first.push(await history.base(), 'refs/heads/main'), 'refs/heads/main')
  const began = performance.now()
  let done = 0
  const client = async (number: number) => {
    using pusher = openPusher(sluice, hosted)
    for (let branch = number; done < pushes; branch = (branch + AT_ONCE) % BRANCHES) {
      const ref = refOf(branch)
      checkAccepted(await pusher.push(await history.next(branch), ref), ref)
      if (++done % every !== 0) continue
      progress(`${done} pushes`)
      await then()
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, (_, number) => client(number)))
  return (performance.now() - began) / 1000
}

async function makeCopies(
  { scratch, progress }: RowParts,
  directory: string,
): Promise<{ repacked: string; neglected: string }> {
  progress('copies')
  const [repacked, neglected] = [join(scratch, 'repacked.git'), join(scratch, 'neglected.git')]
  await cp(directory, repacked, { recursive: true })
  await rm(join(repacked, 'objects', 'info', 'commit-graphs'), { recursive: true, force: true })
  await git(['repack', '-q', '-adfb'], { cwd: repacked })
  await git(['pack-refs', '--all'], { cwd: repacked })

  await git(['init', '-q', '--bare', '-b', 'main', neglected])
  const script = 'git -C "$0" pack-objects -q --all --stdout </dev/null | git unpack-objects -q'
  await git(['-c', `alias.explode=!sh -c '${script}' "${repacked}"`, 'explode'], { cwd: neglected })
  const { stdout: refs } = await git(['for-each-ref', '--format=create %(refname) %(objectname)'], {
    cwd: repacked,
  })
  await git(['update-ref', '--stdin'], { cwd: neglected, input: refs })
  await mkdir(join(neglected, 'objects', 'pack'), { recursive: true })
  await git(['pack-refs', '--no-prune'], { cwd: neglected }) // the host copies a file of that name
  return { repacked, neglected }
}

/** Milliseconds. */
async function timeLists(sluice: Sluice, { hosted, history }: Side): Promise<number> {
  using pusher = openPusher(sluice, hosted)
  using poller = openPoller(sluice, hosted, null)
  const times: number[] = []
  for (let i = 0; i < POLLS; i++) {
    checkAccepted(await pusher.push(await history.next(i), refOf(i)), refOf(i))
    const began = performance.now()
    await poller.poll()
    times.push(performance.now() - began)
  }
  return medianOf(times)
}

/** Seconds. */
async function timeClone({ scratch }: RowParts, { cloneUrl }: HostedRepository): Promise<number> {
  const target = join(scratch, 'clone.git')
  const began = performance.now()
  await git(['clone', '-q', '--bare', cloneUrl, target])
  const seconds = (performance.now() - began) / 1000
  await rm(target, { recursive: true })
  return seconds
}

function refOf(branch: number): string {
  return `refs/heads/agent-${branch}`
}
