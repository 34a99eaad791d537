import { expect, test } from 'vitest'
import { parseMergeTree } from './merge-tree-output.ts'

const TREE = '4b825dc642cb6eb9a060e54bf8d69288fbee4904'
const BLOB = '8b137891791fe96927ad78e64b0aad7bded08bdc'

/** Each field ends in NUL. */
function fields(...texts: string[]): string {
  return texts.map((text) => `${text}\0`).join('')
}

test('a clean merge is a tree, and the files that were put together', async () => {
  expect(
    await parseMergeTree(fields('1', TREE, '', '1', 'f', 'Auto-merging', 'Auto-merging f\n', '')),
  ).toEqual({
    isClean: true,
    tree: TREE,
    staged: [],
    notes: [{ paths: ['f'], type: 'Auto-merging' }],
    mergedPaths: ['f'],
  })
})

test('a conflict has the versions of its files, with any name, and what git says of it', async () => {
  const name = 'a\tb\nc'
  const staged = [`100644 ${BLOB} 1\t${name}`, `100755 ${BLOB} 3\t${name}`]
  const note = ['2', name, 'old', 'CONFLICT (rename/delete)', 'in words\n']
  expect(await parseMergeTree(fields('0', TREE, ...staged, '', ...note, ''))).toMatchObject({
    isClean: false,
    staged: [
      { mode: '100644', oid: BLOB, stage: 1, path: name },
      { mode: '100755', oid: BLOB, stage: 3, path: name },
    ],
    notes: [{ paths: [name, 'old'], type: 'CONFLICT (rename/delete)' }],
  })
})

test('the advice that git gives about submodules is passed over', async () => {
  const note = ['1', 'sub', 'CONFLICT (contents)', 'in words\n']
  const advice = 'Recursive merging with submodules currently only supports trivial cases.\n'
  const output = fields('0', TREE, `160000 ${BLOB} 1\tsub`, '', ...note, advice)
  expect((await parseMergeTree(output)).notes).toHaveLength(1)
})

test.each([
  ['nothing', ''],
  ['no tree', fields('1')],
  ['no end', fields('1', TREE)],
  ['a version without a stage', fields('0', TREE, `100644 ${BLOB}\tf`, '', '')],
])('%s is a failure of git', async (_what, output) => {
  await expect(parseMergeTree(output)).rejects.toMatchObject({ code: 'GIT_FAILED' })
})
