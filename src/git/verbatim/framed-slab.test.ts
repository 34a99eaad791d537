import { randomBytes } from 'node:crypto'
import { mkdtemp, open, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { SLAB_BYTES, SMALL_SLAB_BYTES } from '../launcher/slab-pool.ts'
import { BAND, MAX_BAND_BYTES, sideBand } from '../wire/side-band.ts'
import { fillFramed, fitting } from './framed-slab.ts'

const WIDTH = MAX_BAND_BYTES['side-band-64k']
let directory: string
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sluice-slab-'))
})
afterAll(() => rm(directory, { recursive: true }))

const LENGTHS = [0, 1, WIDTH - 1, WIDTH, WIDTH + 1, 4 * WIDTH, 4 * WIDTH + 1, 9 * WIDTH + 77]

test.each([SLAB_BYTES, SMALL_SLAB_BYTES])(
  'a file of any length, through slabs of %i bytes, is what one call of side-band would write',
  async (slabBytes) => {
    for (const length of LENGTHS) {
      const content = randomBytes(length)
      const path = join(directory, `${slabBytes}-${length}`)
      await writeFile(path, content)
      await using file = await open(path)
      const parts: Buffer[] = []
      const slab = Buffer.alloc(slabBytes)
      for (let position = 0; position < length;) {
        const bytes = fitting(slab, length - position)
        parts.push(Buffer.from(await fillFramed(slab, file, { position, bytes })))
        position += bytes
      }
      expect(Buffer.concat(parts).equals(sideBand(BAND.data, content)), `${length} bytes`).toBe(true)
    }
  },
)

test('reads that bring less than was asked for are continued where they ended', async () => {
  const content = randomBytes(3 * WIDTH + 5)
  const file = {
    readv: (gaps: readonly Buffer[], position: number) => {
      const [first = Buffer.alloc(0)] = gaps
      const bytesRead = content.copy(first, 0, position, Math.min(position + 20_000, content.length))
      return Promise.resolve({ bytesRead })
    },
  }
  const framed = await fillFramed(Buffer.alloc(SLAB_BYTES), file, { position: 0, bytes: content.length })
  expect(framed.equals(sideBand(BAND.data, content))).toBe(true)
})

test('a file that is shorter than it should be is told', async () => {
  const path = join(directory, 'short')
  await writeFile(path, randomBytes(WIDTH))
  await using file = await open(path)
  const filling = fillFramed(Buffer.alloc(SLAB_BYTES), file, { position: 0, bytes: WIDTH + 1 })
  await expect(filling).rejects.toThrow('shorter')
})
