/** Where the CPU time of a server went, from what node's own profiler wrote. Gits and the launcher are not in it. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { openSources, type Sources } from './sources.ts'

/** What a row keeps of it, beside its name in bench/profiles/. */
export interface ServerProfile {
  readonly date: string
  readonly commit: string
  /** Of the server's own process, idle time left out. */
  readonly busySeconds: number
  readonly lines: readonly ProfileLine[]
}

export interface ProfileLine {
  /** Of the busy time, 0 to 1, without what the function calls. */
  readonly share: number
  /** `functionName src/…/file.ts:12` */
  readonly where: string
}

/** @see the Chrome DevTools Protocol, Profiler.Profile */
interface CpuProfile {
  readonly nodes: readonly { readonly id: number; readonly callFrame: CallFrame }[]
  readonly samples: readonly number[]
  /** Microseconds before each sample. */
  readonly timeDeltas: readonly number[]
}

interface CallFrame {
  readonly functionName: string
  readonly url: string
  /** From 0, as the column. */
  readonly lineNumber: number
  readonly columnNumber: number
}

const TOP = 10
const IDLE = '(idle)'
/** What V8 calls time that is in no function of JavaScript. */
const PLAIN_WORDS: Readonly<Record<string, string>> = {
  '(program)': 'native code: system calls, compression, hashes',
  '(garbage collector)': 'garbage collection',
}
const MICROSECONDS = 1e6

/**
 * All profiles in a directory as one: a row may start several servers.
 *
 * @param root checkout, which paths are shown below
 * @throws Error when there is none: every server was killed
 */
export function readServerProfile(directory: string, root: string): Omit<ServerProfile, 'date' | 'commit'> {
  const files = readdirSync(directory).filter((name) => name.endsWith('.cpuprofile'))
  if (files.length === 0) throw new Error('no server has ended by itself, so there is no profile')
  const sources = openSources(root)
  const micros = new Map<string, number>()
  for (const file of files) {
    addSelfTimes(micros, JSON.parse(readFileSync(join(directory, file), 'utf8')) as CpuProfile, sources)
  }
  const busy = [...micros.values()].reduce((sum, value) => sum + value, 0)
  const lines = [...micros]
    .toSorted(([, a], [, b]) => b - a)
    .slice(0, TOP)
    .map(([where, value]) => ({ share: Number((value / busy).toFixed(4)), where }))
  return { busySeconds: busy / MICROSECONDS, lines }
}

function addSelfTimes(micros: Map<string, number>, profile: CpuProfile, sources: Sources): void {
  const frames = new Map(profile.nodes.map(({ id, callFrame }) => [id, callFrame]))
  profile.samples.forEach((id, at) => {
    const frame = frames.get(id)
    if (frame === undefined || frame.functionName === IDLE) return
    const where = describe(frame, sources)
    micros.set(where, (micros.get(where) ?? 0) + (profile.timeDeltas[at] ?? 0))
  })
}

function describe({ functionName, url, lineNumber, columnNumber }: CallFrame, sources: Sources): string {
  const plain = PLAIN_WORDS[functionName]
  if (plain !== undefined) return plain
  const place = sources.placeOf(url, lineNumber, columnNumber)
  return [functionName === '' ? '(anonymous)' : functionName, place].join(' ').trim()
}
