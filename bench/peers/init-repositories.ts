/** Repositories made by `git init --bare`, one process each, as a server does that leaves it to git. @see git-init(1) */
import { mkdir } from 'node:fs/promises'
import { openCpuMeter } from '../measure/cpu-meter.ts'
import { startProcess } from './start-process.ts'

/** Lives on when it is done, as the account of its children ends with it. */
const MAKE_ALL = `
  i=0
  while [ "$i" -lt "$2" ]; do git init -q --bare "$1/$i.git"; i=$((i+1)); done
  echo all made
  exec sleep 600`
const LONGEST_MS = 60_000

/** Of one repository, milliseconds. */
export interface InitCost {
  readonly cpuMs: number
  readonly wallMs: number
}

/** @param directory new, and left behind with `count` repositories */
export async function initRepositories(directory: string, count: number): Promise<InitCost> {
  await mkdir(directory, { recursive: true })
  await using cpu = openCpuMeter()
  const begin = performance.now()
  const env = { GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: '/dev/null' }
  await using shell = startProcess(['sh', '-euc', MAKE_ALL, 'sh', directory, String(count)], cpu, { env })
  await shell.waitForOutput((output) => (output.includes('all made') ? true : null), LONGEST_MS)
  const wallMs = (performance.now() - begin) / count
  return { cpuMs: cpu.readMs() / count, wallMs }
}
