/**
 * Histories made by the file, in a bare repository of the server's and before a work tree of stock git, so
 * that what the server merges can be held against what git does.
 */
import { randomBytes } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execFileSync, spawnSync } from 'node:child_process'
import { CatFile } from '../../src/git/objects/cat-file.ts'
import { StoredObjects } from '../../src/git/objects/stored-objects.ts'
import type { MergeabilityParts } from '../../src/git/merging/mergeability.ts'
import { parseOid, type ObjectFormat, type Oid } from '../../src/kernel/ids.ts'
import type { RepoHandle } from '../../src/kernel/repository.ts'
import { testStore, type TestStore } from './store.ts'

export interface Version {
  /** `160000`: the content is the id of a commit. */
  readonly mode: '100644' | '100755' | '120000' | '160000'
  readonly content: string | Buffer
}

/** A whole tree by path; a text alone is a plain file. */
export type Files = Readonly<Record<string, string | Buffer | Version>>

export interface NewCommit {
  readonly files: Files
  /** Numbers that `add` gave. */
  readonly parents?: readonly number[]
  readonly message?: string
  /** `Name <email>` */
  readonly author?: string
  readonly seconds?: number
}

/** Commits on their way into a repository, in one go. @see git-fast-import(1) */
export class History {
  readonly #stream: Buffer[] = []
  #count = 0

  /** @returns the number of the commit */
  add({
    files,
    parents = [],
    message = 'change',
    author = 'Ada <ada@example.org>',
    seconds,
  }: NewCommit): number {
    const mark = ++this.#count
    const at = `${seconds ?? 1_700_000_000 + mark} +0000`
    this.#line(
      `commit refs/heads/c${mark}\nmark :${mark}\nauthor ${author} ${at}\ncommitter Eve <eve@example.org> ${at}`,
    )
    this.#data(message)
    parents.forEach((parent, i) => this.#line(`${i === 0 ? 'from' : 'merge'} :${parent}`))
    this.#line('deleteall')
    for (const [path, version] of Object.entries(files)) this.#file(path, version)
    return mark
  }

  /** Ids in the order of the numbers; number 1 stands at 1. */
  async import(repoPath: string): Promise<Oid[]> {
    const marks = join(tmpdir(), `marks-${randomBytes(6).toString('hex')}`)
    const args = [
      '-c',
      'fastimport.unpackLimit=0',
      'fast-import',
      '--quiet',
      '--force',
      `--export-marks=${marks}`,
    ]
    execFileSync('git', args, { cwd: repoPath, input: Buffer.concat(this.#stream) })
    const oids: Oid[] = []
    for (const line of (await readFile(marks, 'utf8')).trim().split('\n')) {
      const [mark = '', oid = ''] = line.split(' ')
      oids[Number(mark.slice(1))] = parseOid(oid)
    }
    await rm(marks)
    return oids
  }

  #file(path: string, version: string | Buffer | Version): void {
    const { mode, content } =
      typeof version === 'string' || Buffer.isBuffer(version) ? { mode: '100644', content: version } : version
    if (mode === '160000') return this.#line(`M 160000 ${content.toString()} ${path}`)
    this.#line(`M ${mode} inline ${path}`)
    this.#data(content)
  }

  #data(content: string | Buffer): void {
    const bytes = Buffer.from(content)
    this.#line(`data ${bytes.length}`)
    this.#stream.push(bytes)
    this.#line('')
  }

  #line(text: string): void {
    this.#stream.push(Buffer.from(`${text}\n`))
  }
}

export interface MergeBench extends AsyncDisposable {
  readonly store: TestStore
  readonly repo: RepoHandle
  readonly parts: MergeabilityParts
  /** Reads a commit's tree and the like from the bare repository. */
  git(...args: string[]): string
  gitBytes(...args: string[]): Buffer
  /** Writes a commit as it stands here. */
  writeCommit(content: Buffer): Oid
  /** A git that may fail: what it has written until then. */
  tryGit(...args: string[]): string
}

export async function mergeBench(format: ObjectFormat = 'sha1'): Promise<MergeBench> {
  const store = await testStore()
  const repo = await store.newRepo(format)
  const files = new CatFile(store.launcher)
  const run = (args: readonly string[], input: Buffer = Buffer.alloc(0)) =>
    execFileSync('git', args, { cwd: repo.path, input, stdio: 'pipe' })
  return {
    store,
    repo,
    parts: { objects: new StoredObjects(files), files, launcher: store.launcher, store: store.store },
    git: (...args) => run(args).toString().trimEnd(),
    gitBytes: (...args) => run(args),
    writeCommit: (content) =>
      parseOid(run(['hash-object', '-t', 'commit', '-w', '--stdin'], content).toString().trim()),
    tryGit: (...args) => spawnSync('git', args, { cwd: repo.path }).stdout.toString().trimEnd(),
    async [Symbol.asyncDispose]() {
      await files[Symbol.asyncDispose]()
      await store[Symbol.asyncDispose]()
    },
  }
}

/** What stock git said, and how it ended. */
export interface StockRun {
  readonly code: number
  readonly output: string
}

/** A work tree of stock git that sees all objects of a bare repository, and changes nothing there. */
export class WorkTree implements AsyncDisposable {
  readonly path: string

  constructor(path: string) {
    this.path = path
  }

  /** @param env besides an identity */
  run(args: readonly string[], env: Readonly<Record<string, string>> = {}): StockRun {
    const { status, stdout, stderr } = spawnSync('git', args, {
      cwd: this.path,
      env: { PATH: process.env['PATH'] ?? '', ...STOCK, ...env },
      maxBuffer: 1 << 28,
    })
    return { code: status ?? -1, output: stdout.toString() + stderr.toString() }
  }

  /** stdout of a git that must not fail, trimmed. */
  ok(args: readonly string[], env: Readonly<Record<string, string>> = {}): string {
    const { code, output } = this.run(args, env)
    if (code !== 0) throw new Error(`git ${args.join(' ')}: exit ${code}\n${output}`)
    return output.trim()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.path, { recursive: true, force: true })
  }
}

export const STOCK = {
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_AUTHOR_NAME: 'Max',
  GIT_AUTHOR_EMAIL: 'max@example.org',
  GIT_COMMITTER_NAME: 'Max',
  GIT_COMMITTER_EMAIL: 'max@example.org',
  GIT_EDITOR: 'true',
  LC_ALL: 'C',
}

export async function workTreeOf({ path, objectFormat }: RepoHandle): Promise<WorkTree> {
  const tree = new WorkTree(await mkdtemp(join(tmpdir(), 'sluice-work-tree-')))
  tree.ok(['init', '-q', `--object-format=${objectFormat}`])
  await writeFile(join(tree.path, '.git/objects/info/alternates'), `${path}/objects\n`)
  for (const [key, value] of [
    ['advice.detachedHead', 'false'],
    ['gc.auto', '0'],
    ['index.threads', '1'],
  ] as const)
    tree.ok(['config', key, value])
  return tree
}
