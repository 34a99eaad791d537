/** Starts a server under its meter and stops it again. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import type { CpuMeter } from '../measure/cpu-meter.ts'

export interface RunningProcess extends AsyncDisposable {
  readonly pid: number
  /**
   * What it printed so far, both streams; handed to `until` whenever there is more.
   *
   * @throws Error when it ends, or `deadlineMs` pass, before `until` returns a value
   */
  waitForOutput<T>(until: (output: string) => T | null, deadlineMs: number): Promise<T>
}

const KILL_AFTER_MS = 10_000

/**
 * In a process group of its own. Disposal asks it to stop (SIGTERM); what is left of the group then,
 * such as the workers of fcgiwrap, is killed, as it is when the bench ends without disposing.
 */
export function startProcess(
  command: readonly string[],
  meter: CpuMeter,
  opts: { env?: Readonly<Record<string, string>>; cwd?: string } = {},
): RunningProcess {
  const [program = '', ...args] = [...meter.prefix, ...command]
  const child = spawn(program, args, {
    env: { ...process.env, ...opts.env },
    ...(opts.cwd === undefined ? {} : { cwd: opts.cwd }),
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
  if (child.pid === undefined) throw new Error(`cannot start ${program}`)
  meter.watch(child.pid)
  const killRest = () => killGroup(child)
  process.once('exit', killRest)
  const output = collectOutput(child)
  return {
    pid: child.pid,
    waitForOutput: (until, deadlineMs) => waitForOutput(child, output, until, deadlineMs),
    async [Symbol.asyncDispose]() {
      await stop(child)
      killRest()
      process.off('exit', killRest)
    },
  }
}

/** Read to the end, or the process would stand still when the pipe is full. */
function collectOutput(child: ChildProcess): { text: string } {
  const output = { text: '' }
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => (output.text += text))
  }
  return output
}

function waitForOutput<T>(
  child: ChildProcess,
  output: { text: string },
  until: (output: string) => T | null,
  deadlineMs: number,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const look = () => {
      const found = until(output.text)
      if (found !== null) settle(() => resolve(found))
    }
    const fail = (why: string) => () => settle(() => reject(new Error(`${why}:\n${output.text}`)))
    const ended = fail('ended before it was ready')
    const timer = setTimeout(fail('not ready in time'), deadlineMs)
    const settle = (answer: () => void) => {
      clearTimeout(timer)
      child.off('close', ended)
      for (const stream of [child.stdout, child.stderr]) stream?.off('data', look)
      answer()
    }
    child.on('close', ended)
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', look)
    look()
  })
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = once(child, 'exit')
  child.kill('SIGTERM')
  const timer = setTimeout(() => killGroup(child), KILL_AFTER_MS)
  await gone
  clearTimeout(timer)
}

function killGroup(child: ChildProcess): void {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
  } catch {
    // nobody left
  }
}
