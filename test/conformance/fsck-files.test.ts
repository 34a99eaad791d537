/** Files that git reads because of their names in trees: what is sound here, git takes. `SLUICE_TEST_NEW_GIT` as elsewhere. */
import { expect, test } from 'vitest'
import type { FileName } from '../../src/git/fsck/check.ts'
import { compare } from '../support/fsck/differential.ts'
import { objectOf, treeOf } from '../support/fsck/object-text.ts'
import { readFiles } from '../support/fsck/read-files.ts'

const NEW_GIT = process.env['SLUICE_TEST_NEW_GIT']
const GITS = NEW_GIT === undefined ? [null] : [null, NEW_GIT]

test.each<FileName>(['.gitattributes', '.gitmodules'])(
  'git has nothing against %s that is sound here',
  async (name) => {
    const blobs = readFiles('sha1')[name]
    const trees = blobs.map(({ oid }) => objectOf('tree', treeOf([{ mode: '100644', name, oid }]), 'sha1'))
    const { kinds, disagreements } = await compare([...blobs, ...trees], { format: 'sha1', gits: GITS })
    expect(disagreements).toEqual([])
    expect(kinds.sound - blobs.length).toBeGreaterThan(10)
    expect(kinds.unusual).toBeGreaterThan(10)
  },
)
