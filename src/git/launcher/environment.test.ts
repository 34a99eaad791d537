import { spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { limited } from './environment.ts'

test('what aborts under limits leaves no core file, wherever the server would', () => {
  const command = limited(['sh', '-c', 'ulimit -c'], { memoryBytes: 1 << 30 })
  const shell = spawnSync('sh', ['-c', 'ulimit -c 8 && exec "$@"', 'sh', ...command])
  expect([shell.stdout.toString(), shell.status]).toEqual(['0\n', 0])
})
