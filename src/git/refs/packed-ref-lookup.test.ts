import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { RefName } from '../../kernel/ids.ts'
import { PackedFile } from './packed-ref-lookup.ts'

const HEADERS = ['# pack-refs with: peeled fully-peeled sorted \n', '# pack-refs with: peeled \n', '']
const names = fc.uniqueArray(fc.stringMatching(/^refs\/[a-cü]{1,3}(\/[a-c-]{1,2})?$/), { maxLength: 30 })

test('every ref of a packed-refs file is found, and no other, sorted or not, peeled or not', () => {
  fc.assert(
    fc.property(names, fc.constantFrom(...HEADERS), fc.nat(), (all, header, seed) => {
      const sorted = [...all].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
      const oidOf = (name: string) => String(all.indexOf(name)).padStart(40, '0')
      const lines = sorted.map(
        (name, i) => `${oidOf(name)} ${name}\n${(seed >> i) & 1 ? `^${'f'.repeat(40)}\n` : ''}`,
      )
      const file = new PackedFile(Buffer.from(header + lines.join('')))
      for (const name of all) expect(file.find(name as RefName)).toBe(oidOf(name))
      for (const name of ['refs/', 'refs/d', 'refs/0', 'refs/b/'])
        expect(file.find(name as RefName)).toBe(all.includes(name) ? oidOf(name) : null)
      expect(file.count(1_000)).toBe(all.length)
      expect(file.count(3)).toBe(Math.min(3, all.length))
    }),
  )
})
