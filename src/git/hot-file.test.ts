import { mkdtemp, open, rm, writeFile, type FileHandle } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { HotFile } from './hot-file.ts'

test('after two reads that waited for the disk the next ones are left to threads, and then it is tried again', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'sluice-hot-'))
  const path = join(directory, 'file')
  await writeFile(path, 'content')
  await using file = await open(path)
  let byThreads = 0
  const watched = {
    fd: file.fd,
    readv: (gaps: Buffer[], position: number) => {
      byThreads++
      return file.readv(gaps, position)
    },
  } as unknown as FileHandle
  let now = 0
  let readMs = 0
  const hot = new HotFile(watched, () => (now += readMs / 2))
  const read = async (times: number) => {
    byThreads = 0
    for (let n = 0; n < times; n++) {
      const gap = Buffer.alloc(4)
      expect(await hot.readv([gap], 3)).toMatchObject({ bytesRead: 4 })
      expect(gap.toString()).toBe('tent')
    }
    return byThreads
  }
  expect(await read(10)).toBe(0)
  readMs = 6
  expect(await read(1)).toBe(0)
  readMs = 0
  expect(await read(10)).toBe(0)
  readMs = 6
  expect(await read(10)).toBe(8)
  readMs = 0
  expect(await read(100)).toBe(56)
  await rm(directory, { recursive: true })
})
