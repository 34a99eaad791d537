/** The meters against processes whose cost is known. A meter that misses a child flatters its server. */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openCpuMeter, TreeMeter } from './cpu-meter.ts'
import { changedSince, lookAtFiles } from './files.ts'
import { interleave } from './interleave.ts'
import { readMemory } from './memory.ts'
import { lookAtProcesses, startedSince } from './process-starts.ts'
import { medianOf, quantile, seriesOf } from './series.ts'

test.each([
  [[3, 1, 2], 2],
  [[4, 1, 2, 3], 2.5],
  [[7], 7],
])('the median of %j is %d', (values, median) => {
  expect(medianOf(values)).toBe(median)
})

test('nothing measured, or nothing that is a number, is no figure', () => {
  expect(() => seriesOf([])).toThrow(RangeError)
  expect(() => quantile([1, Number.NaN], 0.5)).toThrow(RangeError)
})

test('sides take turns, the first round does not count, and none always comes first', async () => {
  const order: string[] = []
  const side = (name: string) => async (round: number) => {
    order.push(`${name}${round}`)
    return round
  }
  const readings = await interleave({ a: side('a'), b: side('b') }, { rounds: 2, progress: () => {} })
  expect(order).toEqual(['a0', 'b0', 'b1', 'a1', 'a2', 'b2'])
  expect(readings).toEqual({ a: [1, 2], b: [1, 2] })
})

test.each([
  ['the best meter of this machine', openCpuMeter],
  ['/proc', () => new TreeMeter()],
] as const)('CPU time of a child that has ended counts: %s', async (_name, openMeter) => {
  await using meter = openMeter()
  const spin = `const end = process.cpuUsage().user + 200_000; while (process.cpuUsage().user < end);`
  const parent = `require('node:child_process').spawnSync(process.execPath, ['-e', ${JSON.stringify(spin)}])`
  const [program = '', ...args] = [
    ...meter.prefix,
    process.execPath,
    '-e',
    `${parent}; process.stdin.resume()`,
  ]
  const child = spawn(program, [...args], { stdio: ['pipe', 'ignore', 'ignore'] })
  meter.watch(child.pid ?? 0)
  const gone = once(child, 'exit')
  await expect.poll(() => meter.readMs(), { timeout: 10_000 }).toBeGreaterThan(200)
  child.stdin.end()
  await gone
})

test('a process that has come and gone between two looks is seen', () => {
  const before = lookAtProcesses(process.pid)
  expect(startedSince(before, lookAtProcesses(process.pid))).toBe(0)
  spawnSync('true')
  expect(startedSince(before, lookAtProcesses(process.pid))).toBe(1)
})

test('a file that has come and gone between two looks is seen by its directory', () => {
  const root = mkdtempSync(join(tmpdir(), 'files-'))
  const directory = join(root, 'inner')
  mkdirSync(directory)
  const before = lookAtFiles(root)
  expect(changedSince(before, lookAtFiles(root))).toEqual([])
  writeFileSync(join(directory, 'comes'), '')
  rmSync(join(directory, 'comes'))
  expect(changedSince(before, lookAtFiles(root))).toEqual(['inner'])
  rmSync(root, { recursive: true })
})

test('memory of this process is what Node says it is', () => {
  const mib = process.memoryUsage.rss() / 1024 ** 2
  const { rss, pss, once: shared } = readMemory(process.pid)
  expect(Math.abs(rss - mib)).toBeLessThan(16)
  expect(pss).toBeLessThanOrEqual(rss)
  expect(Math.abs(shared - rss)).toBeLessThan(4) // of one process, nothing is counted twice
})
