/** What the figures were measured on: they mean nothing without it. */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { availableParallelism, cpus, release, totalmem, type } from 'node:os'
import { openCpuMeter } from './measure/cpu-meter.ts'

export interface Machine {
  readonly processor: string
  readonly memoryGib: number
  readonly kernel: string
  /** Of the directory that the servers keep their data in. */
  readonly fileSystem: string
  readonly node: string
  readonly git: string
  readonly nginx: string
  readonly fcgiwrap: string
  /** How CPU time was read. */
  readonly cpuMeter: string
}

export async function describeMachine(scratch: string): Promise<Machine> {
  await using meter = openCpuMeter()
  return {
    processor: `${availableParallelism()} × ${cpus()[0]?.model.trim() ?? 'unknown processor'}`,
    memoryGib: Math.round(totalmem() / 1024 ** 3),
    kernel: `${type()} ${release()}`,
    fileSystem: fileSystemOf(scratch),
    node: process.versions.node,
    git: versionIn(['git', '--version']),
    nginx: versionIn(['/usr/sbin/nginx', '-v']),
    fcgiwrap: versionIn(['/usr/sbin/fcgiwrap', '-h']),
    cpuMeter: meter.method,
  }
}

/** @see proc(5), /proc/mounts */
function fileSystemOf(path: string): string {
  const mounts = readFileSync('/proc/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' '))
    .filter(([, place = '']) => place === '/' || `${path}/`.startsWith(`${place}/`))
    .toSorted(([, a = ''], [, b = '']) => a.length - b.length)
  return mounts.at(-1)?.[2] ?? 'unknown'
}

/** nginx says it on its standard error. */
function versionIn([program = '', ...args]: readonly string[]): string {
  const { stdout, stderr } = spawnSync(program, args, { encoding: 'utf8' })
  return /\d+(?:\.\d+)+/.exec(`${stdout} ${stderr}`)?.[0] ?? 'not installed'
}
