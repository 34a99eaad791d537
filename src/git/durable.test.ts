import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { syncPaths } from './durable.ts'

const openFiles = () => readdirSync('/proc/self/fd').length

test('thousands of files are synced with few of them open, and one that is gone needs nothing', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'sluice-durable-'))
  try {
    const paths = Array.from({ length: 2_000 }, (_, i) => join(directory, String(i)))
    for (const path of paths) writeFileSync(path, 'x')
    const before = openFiles()
    const synced = syncPaths([...paths, join(directory, 'gone'), join(paths[0]!, 'below a file')])
    expect(openFiles() - before).toBeGreaterThan(1)
    expect(openFiles() - before).toBeLessThanOrEqual(128)
    await synced
    expect(openFiles() - before).toBeLessThan(20)
  } finally {
    rmSync(directory, { recursive: true })
  }
})
