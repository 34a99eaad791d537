import { createHash, randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { happening } from '../../../test/support/between.ts'
import { CheckedFiles } from './checked-files.ts'

let directory: string
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sluice-graphs-'))
})
afterAll(() => rm(directory, { recursive: true }))

async function file(change: (bytes: Buffer) => Buffer): Promise<string> {
  const content = randomBytes(2_500_000) // three pieces
  const path = join(directory, content.toString('hex', 0, 8))
  await writeFile(path, change(Buffer.concat([content, createHash('sha1').update(content).digest()])))
  return path
}

test.each([
  ['as it was written', 'sound', (bytes: Buffer) => bytes],
  ['of no length', 'damaged', () => Buffer.alloc(0)],
  ['shorter than a checksum', 'damaged', (bytes: Buffer) => bytes.subarray(0, 7)],
  ['cut off', 'damaged', (bytes: Buffer) => bytes.subarray(0, -1)],
  [
    'with another byte at its end',
    'damaged',
    (bytes: Buffer) => bytes.fill(bytes.at(-1)! ^ 1, bytes.length - 1),
  ],
] as const)('a file %s is %s, looked at at once or piece by piece', async (_what, condition, change) => {
  const path = await file(change)
  expect(new CheckedFiles().conditionOf(path, 'sha1', () => {})).toBe(condition)
  const known = happening()
  const checked = new CheckedFiles(-1)
  expect(checked.conditionOf(path, 'sha1', known.happen)).toBe('unknown')
  await known.happened
  expect(checked.conditionOf(path, 'sha1', () => {})).toBe(condition)
})

test('a file that is gone is none, and one that comes in its place is looked at anew', async () => {
  const checked = new CheckedFiles()
  const path = await file((bytes) => bytes)
  const look = () => checked.conditionOf(path, 'sha1', () => {})
  expect(look()).toBe('sound')
  await rm(path)
  expect(look()).toBeNull()
  await writeFile(path, 'another')
  expect(look()).toBe('damaged')
})
