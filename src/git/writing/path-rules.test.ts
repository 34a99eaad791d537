import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { isDotGit, isDotGitmodules, isReadByGit } from './dot-git.ts'
import { pathFault } from './path-rules.ts'

let repo: string
beforeAll(() => {
  repo = mkdtempSync(join(tmpdir(), 'sluice-paths-'))
  execFileSync('git', ['init', '-q', repo])
})
function run(args: readonly string[], input: string): string {
  return execFileSync('git', args, { cwd: repo, input }).toString().trim()
}

afterAll(() => rmSync(repo, { recursive: true }))

test.each([
  ['', 'is empty'],
  ['/etc/passwd', 'is absolute'],
  ['a//b', 'has an empty component'],
  ['a/', 'has an empty component'],
  ['./a', 'has the component "."'],
  ['a/../b', 'has the component ".."'],
  ['a\0b', 'holds a NUL'],
  ['\ud800', 'is not well-formed Unicode'],
  ['x'.repeat(256), 'has a component longer than 255 bytes'],
  ['ä'.repeat(128), 'has a component longer than 255 bytes'],
  [Array(17).fill('x'.repeat(255)).join('/'), 'is longer than 4096 bytes'],
  [Array(65).fill('x').join('/'), 'is deeper than 64 names'],
  ['a/.git/config', 'has the component ".git", or one that a file system takes for it'],
])('%j %s', (path, fault) => {
  expect(pathFault(path)).toBe(fault)
})

test.each([
  'a',
  '.gitignore',
  '.github/workflows/ci.yml',
  'a\\b',
  'a b',
  'tab\there',
  '-rf',
  ':(glob)x',
  '名/ä',
  '...',
  'git',
  'x'.repeat(255),
  Array(16).fill('x'.repeat(255)).join('/'),
  Array(64).fill('x').join('/'),
])('%j may be committed', (path) => {
  expect(pathFault(path)).toBeNull()
})

/** Each on both sides of the rule. */
const LOOK_ALIKES = [
  ...['.git', '.GIT', '.gIt', '.git ', '.git.', '.git. .', '.git:x', '.git::$INDEX_ALLOCATION', '.git\\x'],
  ...['git~1', 'GIT~1', 'git~1.', 'git~1:x', 'git~2', 'git~10', 'xgit~1', 'a\\.git', 'a\\git~1', 'a\\.git.x'],
  ...[
    '.g\u200cit',
    '\u200d.git',
    '.git\ufeff',
    '.g\u202eit',
    '.gi\u2060t',
    '.gı t',
    '.git x',
    '.gitx',
    'x.git',
  ],
]

test('what a file system takes for .git is what git’s index refuses when it protects both', () => {
  const protect = ['-c', 'core.protectHFS=true', '-c', 'core.protectNTFS=true']
  const oid = execFileSync('git', ['hash-object', '-w', '--stdin'], { cwd: repo, input: '' })
    .toString()
    .trim()
  const refusedByGit = LOOK_ALIKES.filter((name) => {
    const add = ['update-index', '--add', '--cacheinfo', `100644,${oid},d/${name}/f`]
    try {
      execFileSync('git', [...protect, ...add], { cwd: repo, stdio: 'pipe' })
      return false
    } catch {
      return true
    }
  })
  expect(LOOK_ALIKES.filter(isDotGit)).toEqual(refusedByGit)
  expect(refusedByGit.length).toBeGreaterThan(15)
  expect(refusedByGit.length).toBeLessThan(LOOK_ALIKES.length)
})

/** @see git's t/helper/test-path-utils.c and t0060, protect_ntfs_hfs */
const MODULES = [
  ...[
    '.gitmodules',
    '.GITmodules',
    '.gitmodules ',
    '.gitmodules.',
    '.gitmodules:stream',
    '.git\u200cmodules',
  ],
  ...[
    'gitmod~1',
    'GITMOD~4',
    'gitmod~5',
    'gitmod~1x',
    'gi7eba~1',
    'gi7eba~9',
    'gi7eb~10',
    'gi7eb~01',
    'gi7eba~1 ',
  ],
  ...[
    'gi7e~100',
    '~1000000',
    '~9999999',
    'gi7d29~1',
    'gitmodules',
    '.gitmodulesx',
    'gi7ebax1',
    '.gitmodules\\x',
  ],
]

test('what a file system takes for .gitmodules is what git’s fsck refuses as a link', () => {
  const blob = run(['hash-object', '-w', '--stdin'], 'x')
  const trees = MODULES.map((name) => run(['mktree', '-z'], `120000 blob ${blob}\t${name}\0`))
  const { stderr } = spawnSync('git', ['fsck', '--strict', '--no-dangling'], { cwd: repo })
  const found = stderr
    .toString()
    .split('\n')
    .filter((line) => line.includes('gitmodulesSymlink'))
  const refusedByGit = MODULES.filter((_, i) => found.some((line) => line.includes(trees[i] ?? '')))
  expect(MODULES.filter(isDotGitmodules)).toEqual(refusedByGit)
  expect(refusedByGit.length).toBeGreaterThan(10)
})

test.each(['.gitmodules', '.gitattributes', '.gitignore', '.mailmap', 'GI7D29~1', 'mailma~2', '.MailMap'])(
  'git reads %s itself',
  (name) => {
    expect(isReadByGit(name)).toBe(true)
  },
)

test.each(['.gitkeep', 'gitignore', '.mailmap.txt', 'README'])('git does not read %s itself', (name) => {
  expect(isReadByGit(name)).toBe(false)
})
