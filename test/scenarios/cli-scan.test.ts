/** `sluice scan`: a person, or a hook, and a repository on this machine; no server anywhere. */
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { chmod, mkdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { base62 } from '../../src/scanner/checks/base62-checksum.ts'
import { runGit } from '../support/actor.ts'
import { cliHome, cliScript, type CliHome } from '../support/cli.ts'
import { isRunning } from '../support/processes.ts'
import { sarifFaults } from '../support/sarif-schema.ts'

interface Finding {
  fingerprint: string
  rule: string
  path: string | null
  line: number | null
  column: number | null
  commit: string | null
  author: { name: string; email: string } | null
  date: string | null
  secret: string
  type: string
  inlineAllow: boolean
}

let home: CliHome
/** A repository with a secret in each kind of place, and how often each was put there. */
let repo: string
const secrets = {
  deleted: fakeToken(),
  message: fakeToken(),
  merge: fakeToken(),
  tag: fakeToken(),
  name: fakeToken(),
  topic: fakeToken(),
  binary: fakeToken(),
}
const commits: Record<string, string> = {}

beforeAll(async () => {
  home = await cliHome()
  repo = join(home.dir, 'repo')
  await mkdir(repo)
  await git('init', '-q', '-b', 'main')
  commits['first'] = await commit({ 'README.md': 'hello\n' }, 'first')
  await commit({ 'src/deploy key.ts': `const a = 1\n  const token = "${secrets.deleted}"\n` }, 'deploy')
  commits['deleted'] = await head()
  await commit({ 'src/deploy key.ts': `\n\nconst token = "${secrets.deleted}" // moved\n` }, 'moved')
  await git('rm', '-q', 'src/deploy key.ts')
  commits['message'] = await commit({}, `remove it\n\nit was ${secrets.message}`)
  await commit(
    { 'blob.bin': Buffer.concat([randomBytes(3_000), Buffer.from(`\0${secrets.binary}\0`)]) },
    'bin',
  )
  await commit({ [`keys/${secrets.name}/note.txt`]: 'empty\n' }, 'a name')
  await commit({ [`keys/${secrets.name}/other.txt`]: 'empty\n' }, 'again that name')
  await git('checkout', '-q', '-b', 'side')
  await commit({ 'side.txt': 'side\n' }, 'side')
  await git('checkout', '-q', 'main')
  await git('merge', '-q', '--no-ff', '--no-commit', 'side')
  await writeFile(join(repo, 'merged.txt'), `${secrets.merge}\n`)
  commits['merge'] = await commit({}, 'merge')
  await git('tag', '-a', 'v1', '-m', `made with ${secrets.tag}`)
  await git('checkout', '-q', '-b', 'topic')
  commits['topic'] = await commit({ 'topic.txt': `x ${secrets.topic} # gitleaks:allow\n` }, 'topic')
  await git('checkout', '-q', 'main')
}, 60_000)
afterAll(() => home[Symbol.asyncDispose]())

/** A token of a forge with a checksum that is right. */
function fakeToken(): string {
  const body = Array.from(randomBytes(30), (byte) => base62(byte % 62).slice(-1)).join('')
  return ['gh', 'p_', body, base62(crc32(body))].join('')
}

async function git(...args: string[]): Promise<string> {
  const who = ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.test']
  const done = await runGit([...who, ...args], { cwd: repo, env: { HOME: home.dir } })
  if (done.code !== 0) throw new Error(done.output)
  return done.stdout.trim()
}

const head = () => git('rev-parse', 'HEAD')

async function commit(files: Record<string, string | Buffer>, message: string): Promise<string> {
  await write(files)
  await git('add', '-A')
  await git('commit', '-q', '--allow-empty', '-m', message)
  return head()
}

async function write(files: Record<string, string | Buffer>): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(join(repo, path, '..'), { recursive: true })
    await writeFile(join(repo, path), content)
  }
}

async function scan(...args: string[]) {
  const run = await home.run(['scan', '--json', ...args], { cwd: repo })
  const report = run.code <= 1 && run.stdout ? (JSON.parse(run.stdout) as { findings: Finding[] }) : null
  return { ...run, findings: report?.findings ?? [] }
}

const pathsOf = (findings: readonly Finding[]) => findings.map(({ path }) => path).sort()

test('secrets are found wherever a history can hold them, each where it came first', async () => {
  const { code, findings, stdout } = await scan()
  expect(code).toBe(1)
  const found = findings.map(({ path, commit: brought, type }) => [path, brought, type])
  expect(found).toHaveLength(7)
  expect(found).toEqual(
    expect.arrayContaining([
      ['src/deploy key.ts', commits['deleted'], 'blob'],
      [null, commits['message'], 'commit'],
      ['merged.txt', commits['merge'], 'blob'],
      ['topic.txt', commits['topic'], 'blob'],
      ['blob.bin', expect.any(String), 'blob'],
      [`keys/${secrets.name}`, expect.any(String), 'tree'],
      [null, null, 'tag'],
    ]),
  )
  const shown = Object.entries(secrets).filter(([name, secret]) => name !== 'name' && stdout.includes(secret))
  expect(shown).toEqual([])
})

test('a finding says where, whose and what, and nothing of the secret but its beginning', async () => {
  const { findings } = await scan('main')
  const finding = findings.find(({ path }) => path === 'src/deploy key.ts')
  expect(finding).toMatchObject({
    rule: expect.stringMatching(/github/),
    line: 2,
    column: 18,
    commit: commits['deleted'],
    author: { name: 'Ada', email: 'ada@example.test' },
    date: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
    fingerprint: expect.stringMatching(/^[0-9a-f]{32}$/),
    secret: `${secrets.deleted.slice(0, 6)}… (40 characters)`,
  })
})

test('a range is what it would bring', async () => {
  const topic = await scan('main..topic')
  expect(pathsOf(topic.findings)).toEqual(['topic.txt'])
  expect(topic.findings[0]?.inlineAllow).toBe(true)
  expect((await scan(`${commits['first']}`)).code).toBe(0)
  expect((await scan('main', '--all')).findings).toHaveLength(7)
})

test('commits before a date are left out, and what only they brought', async () => {
  expect((await scan('--since', '2030-01-01')).code).toBe(0)
  expect((await scan('--since', '2 years ago')).findings).toHaveLength(6) // a tag is no commit
})

test('what is staged is scanned as it is staged, and a working tree as it lies there', async () => {
  const [staged, loose, ignored] = [fakeToken(), fakeToken(), fakeToken()]
  await write({ 'staged.txt': `${staged}\n` })
  await git('add', 'staged.txt')
  await write({ 'staged.txt': 'clean again\n', 'loose.txt': `\n${loose}`, '.gitignore': 'ignored.txt\n' })
  await write({ 'ignored.txt': `${ignored}\n`, 'empty.txt': '' })
  await symlink(join(home.dir, 'nowhere'), join(repo, 'link'))
  try {
    expect(pathsOf((await scan('--staged')).findings)).toEqual(['staged.txt'])
    const tree = (await scan('--working-tree')).findings
    expect(pathsOf(tree)).toEqual(['blob.bin', 'loose.txt', 'merged.txt'])
    expect(tree.find(({ path }) => path === 'loose.txt')).toMatchObject({ line: 2, column: 1, commit: null })
    const below = await home.run(['scan', '--staged', '--json'], { cwd: join(repo, 'keys') })
    expect(JSON.parse(below.stdout)).toMatchObject({ findings: [{ path: 'staged.txt' }] })
  } finally {
    await git('reset', '-q', '--hard')
    await git('clean', '-qfd')
    await rm(join(repo, 'ignored.txt'), { force: true })
  }
})

test('before the first commit everything staged counts', async () => {
  const young = join(home.dir, 'young')
  await mkdir(young)
  await runGit(['init', '-q'], { cwd: young })
  await writeFile(join(young, 'a.txt'), fakeToken())
  await runGit(['add', '.'], { cwd: young })
  expect((await home.run(['scan', '--staged'], { cwd: young })).code).toBe(1)
  expect((await home.run(['scan'], { cwd: young })).code).toBe(0)
})

test('a bare repository is scanned from elsewhere', async () => {
  await runGit(['clone', '-q', '--bare', repo, join(home.dir, 'bare.git')], { cwd: home.dir })
  const bare = await home.run(['scan', 'bare.git', 'topic', '--not', 'main', '--json'])
  expect(bare.code).toBe(2) // an option of git is no revision
  const range = await home.run(['scan', 'bare.git', 'main..topic', '--json'])
  expect(JSON.parse(range.stdout)).toMatchObject({ findings: [{ path: 'topic.txt' }] })
  const tree = await home.run(['scan', 'bare.git', '--working-tree'])
  expect([tree.code, tree.stderr]).toEqual([2, expect.stringContaining('bare repository')])
})

test('a report is a baseline of the next scan, which tells only what is new', async () => {
  const known = join(home.dir, 'known.json')
  const made = await scan('main', '--output', known, '--exit-zero')
  expect([made.code, made.stdout]).toEqual([0, ''])
  expect((await stat(known)).mode & 0o777).toBe(0o600)
  expect((await scan('main', '--baseline', known)).code).toBe(0)
  expect(pathsOf((await scan('--baseline', known)).findings)).toEqual([null, 'topic.txt'])
})

test('SARIF is as its schema wants it', async () => {
  const { code, stdout } = await home.run(['scan', '--format', 'sarif'], { cwd: repo })
  expect(code).toBe(1)
  const log: unknown = JSON.parse(stdout)
  expect(sarifFaults(log)).toEqual([])
  expect(log).toMatchObject({
    version: '2.1.0',
    runs: [
      {
        results: expect.arrayContaining([
          expect.objectContaining({
            locations: [
              {
                physicalLocation: {
                  artifactLocation: { uri: 'src/deploy%20key.ts', uriBaseId: 'SRCROOT' },
                  region: { startLine: 2, startColumn: 18 },
                },
              },
            ],
          }),
        ]),
      },
    ],
  })
  expect(sarifFaults({ ...(log as object), version: '2.0.0' })).not.toEqual([])
})

test('rules of a file replace our own, and their exceptions by path count', async () => {
  const rules = join(home.dir, 'rules.toml')
  const rule = [
    '[[rules]]',
    'id = "greeting"',
    'description = "A greeting"',
    "regex = '''hello|side'''",
    'keywords = ["hello", "side"]',
    '[[rules.allowlists]]',
    "paths = ['''^side''']",
  ]
  await writeFile(rules, `${rule.join('\n')}\n`)
  const { findings } = await scan('main', '--rules', rules)
  expect(findings.filter(({ type }) => type === 'blob').map(({ rule: id, path }) => [id, path])).toEqual([
    ['greeting', 'README.md'],
  ])
  await writeFile(rules, `${rule.join('\n').replace('hello|side', '(hello')}\n`)
  const broken = await home.run(['scan', '--rules', rules], { cwd: repo })
  expect([broken.code, broken.stderr]).toEqual([2, expect.stringMatching(/rules\.toml:4/)])

  await writeFile(rules, '')
  const empty = await home.run(['scan', '--rules', rules], { cwd: repo })
  expect([empty.code, empty.stderr]).toEqual([2, expect.stringMatching(/rules\.toml:1: holds no rules/)])
})

test('where nobody looks, a line a finding, its fields parted by tabs', async () => {
  const { stdout, stderr } = await home.run(['scan', 'main..topic'], { cwd: repo })
  expect(stdout.split('\t')).toEqual([
    'topic.txt:1:3',
    expect.stringMatching(/github/),
    expect.stringMatching(/^ghp_/),
    commits['topic'],
    'ada@example.test',
    expect.any(String),
    expect.stringMatching(/^[0-9a-f]{32}\n$/),
  ])
  expect(stderr).toMatch(/^1 finding in \d+ objects/)
})

test('what cannot be scanned is said with what to do', async () => {
  const cases: readonly (readonly [readonly string[], RegExp])[] = [
    [['no-such-branch'], /no-such-branch[^]*next: name the directory/],
    [['--staged', '--working-tree'], /two scans/],
    [['--staged', 'main'], /takes no revisions/],
    [['--staged', '--since', 'yesterday'], /about the history/],
    [['--no-redact'], /on a terminal only/],
    [['--format', 'xml'], /Allowed choices/],
    [['--rules', 'absent.toml'], /rules cannot be read/],
    [['--baseline', 'README.md'], /no report of a scan/],
    [['--', '--output=x'], /--output=x/],
  ]
  for (const [args, words] of cases) {
    const { code, stdout, stderr } = await home.run(['scan', ...args], { cwd: repo })
    expect([args, code, stdout, stderr]).toEqual([args, 2, '', expect.stringMatching(words)])
  }
  const nowhere = await home.run(['scan'])
  expect([nowhere.code, nowhere.stderr]).toEqual([2, expect.stringMatching(/no git repository at/)])
})

test('an object that is missing fails the scan', async () => {
  const torn = join(home.dir, 'torn')
  await runGit(['clone', '-q', '--no-local', repo, torn], { cwd: home.dir })
  await runGit(['unpack-objects', '-q'], {
    cwd: torn,
    input: await readFile(await packOf(torn)),
  })
  const blob = (await runGit(['rev-parse', 'main:README.md'], { cwd: torn })).stdout.trim()
  await rm(join(torn, '.git/objects', blob.slice(0, 2), blob.slice(2)))
  const { code, stdout, stderr } = await home.run(['scan', '--json'], { cwd: torn })
  expect([code, stdout]).toEqual([1, ''])
  expect(stderr).toMatch(/missing|cannot be scanned/)
})

/** Takes the pack out of the repository, so that its objects can be unpacked there. */
async function packOf(dir: string): Promise<string> {
  const packs = join(dir, '.git/objects/pack')
  const { stdout } = await runGit(['count-objects', '-v'], { cwd: dir })
  expect(stdout).toContain('packs: 1')
  const moved = join(home.dir, 'torn.pack')
  await runGit(['-c', `alias.move=!mv '${packs}'/*.pack '${moved}' && rm -f '${packs}'/*`, 'move'], {
    cwd: dir,
  })
  return moved
}

interface TerminalOptions {
  /** In front of `PATH`. */
  readonly programs?: string
  /** Ctrl-C is typed when this is to be seen. */
  readonly interruptAt?: RegExp
}

async function atTerminal(args: readonly string[], { programs, interruptAt }: TerminalOptions = {}) {
  const words = [process.execPath, await cliScript(), 'scan', ...args].map((word) => `'${word}'`)
  const PATH = [...(programs === undefined ? [] : [programs]), process.env['PATH']].join(':')
  const child = spawn('script', ['-qec', `stty cols 160; exec ${words.join(' ')}`, '/dev/null'], {
    cwd: repo,
    env: { PATH, HOME: home.dir, TERM: 'xterm' },
  })
  let seen = ''
  let interrupted = false
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    seen += text
    if (interrupted || !interruptAt?.test(seen)) return
    interrupted = true
    child.stdin.write('\x03')
  })
  const [code] = (await once(child, 'close')) as [number]
  return { code, seen }
}

test('at a terminal findings are for people, and secrets are shown to who asks for them', async () => {
  const { code, seen } = await atTerminal(['main..topic', '--no-redact'])
  expect(code).toBe(1)
  expect(seen).toContain('topic.txt:1:3')
  expect(seen).toContain(secrets.topic)
  expect(seen).toContain('ada@example.test: topic')
  expect(seen).toContain('asks for an exception')
  expect((await atTerminal(['main..topic'])).seen).not.toContain(secrets.topic)
})

test('a scan that takes long shows how far it is, and Ctrl-C ends it and its gits', async () => {
  const programs = join(home.dir, 'slow')
  const pids = join(home.dir, 'pids')
  const stuck = `case " $* " in *" --batch "*) echo $$ >>'${pids}'; exec sleep 600;; esac`
  await mkdir(programs)
  await writeFile(join(programs, 'git'), `#!/bin/sh\n${stuck}\nPATH='${process.env['PATH']}' exec git "$@"\n`)
  await chmod(join(programs, 'git'), 0o755)
  const { code, seen } = await atTerminal([], { programs, interruptAt: /\d+ objects .* 0 %.*0 B of / })
  expect(code).toBe(130)
  expect(seen.endsWith('\r\x1b[2K')).toBe(true)
  const started = (await readFile(pids, 'utf8')).trim().split('\n').map(Number)
  expect(started.filter(isRunning)).toEqual([])
})
