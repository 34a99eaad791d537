/** A git store on a temporary directory, and a client's repository to make packs with. */
import { execFileSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { openGitStore, type DiskGitStore, type GitStoreOptions } from '../../src/git/git-store.ts'
import { newInstanceName } from '../../src/git/quarantine/instance.ts'
import type { Launcher } from '../../src/git/launcher/launcher.ts'
import { createRepository, repoPath } from '../../src/git/storage.ts'
import type { ObjectFormat, Oid, RefName, RepoId } from '../../src/kernel/ids.ts'
import { isDelete, type RefUpdate } from '../../src/kernel/ref-update.ts'
import type { LockFailure } from '../../src/kernel/ports.ts'
import type { RepoHandle } from '../../src/kernel/repository.ts'
import { testLauncher } from './launcher.ts'

const IDENTITY = {
  GIT_AUTHOR_NAME: 'Ada',
  GIT_AUTHOR_EMAIL: 'ada@example.org',
  GIT_COMMITTER_NAME: 'Ada',
  GIT_COMMITTER_EMAIL: 'ada@example.org',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
}

/** A stock git, run by hand. */
export function git(cwd: string, args: readonly string[], input: string | Buffer = ''): Buffer {
  const env = { ...process.env, ...IDENTITY }
  return execFileSync('git', [...args], { cwd, input, env, stdio: 'pipe', maxBuffer: 1 << 30 })
}

export class Client {
  readonly path: string
  readonly #zero: Oid

  constructor(path: string, objectFormat: ObjectFormat) {
    this.path = path
    git(path, ['init', '-q', '-b', 'main', `--object-format=${objectFormat}`])
    this.#zero = '0'.repeat(objectFormat === 'sha1' ? 40 : 64) as Oid
  }

  git(args: readonly string[], input: string | Buffer = ''): string {
    return git(this.path, args, input).toString().trim()
  }

  /** A commit with one file, on top of `parents`; no ref is moved. */
  commit(
    message: string,
    opts: { parents?: readonly Oid[]; file?: string; content?: string | Buffer } = {},
  ): Oid {
    const blob = this.git(['hash-object', '-w', '--stdin'], opts.content ?? message)
    const tree = this.git(['mktree'], `100644 blob ${blob}\t${opts.file ?? 'file.txt'}\n`)
    const parents = (opts.parents ?? []).flatMap((oid) => ['-p', oid])
    return this.git(['commit-tree', tree, ...parents, '-m', message]) as Oid
  }

  /** What a push of `tips` sends to somebody who has `olds`. */
  pack(tips: readonly Oid[], olds: readonly Oid[] = []): Buffer {
    const revs = [...tips, ...olds.map((oid) => `^${oid}`)].join('\n')
    return git(
      this.path,
      ['pack-objects', '-q', '--stdout', '--revs', '--thin', '--delta-base-offset'],
      `${revs}\n`,
    )
  }

  /** What a push of `tip` sends that names the bases of deltas by their ids. */
  packById(tip: Oid, olds: readonly Oid[]): Buffer {
    const revs = [tip, ...olds.map((oid) => `^${oid}`)].join('\n')
    return git(this.path, ['pack-objects', '-q', '--stdout', '--revs', '--thin'], `${revs}\n`)
  }

  /** A pack of exactly these objects, whatever they refer to. */
  packObjects(oids: readonly string[]): Buffer {
    return git(this.path, ['pack-objects', '-q', '--stdout'], `${oids.join('\n')}\n`)
  }

  create(ref: string, newOid: Oid): RefUpdate {
    return { ref: ref as RefName, oldOid: this.#zero, newOid }
  }

  delete(ref: string, oldOid: Oid): RefUpdate {
    return { ref: ref as RefName, oldOid, newOid: this.#zero }
  }
}

export interface TestStore extends AsyncDisposable {
  readonly root: string
  readonly launcher: Launcher
  readonly store: DiskGitStore
  newRepo(objectFormat?: ObjectFormat): Promise<RepoHandle>
  newClient(objectFormat?: ObjectFormat): Promise<Client>
}

let repos = 0

export async function testStore(opts: Partial<GitStoreOptions> = {}): Promise<TestStore> {
  const base = await mkdtemp(join(tmpdir(), 'sluice-store-'))
  const root = opts.root ?? join(base, 'repos')
  const launcher = await testLauncher()
  const store = await openGitStore({ root, instance: newInstanceName(), launcher, ...opts })
  return {
    root,
    launcher,
    store,
    async newRepo(objectFormat = 'sha1') {
      const id = `${(++repos).toString(16).padStart(8, '0')}-0000-4000-8000-000000000000` as RepoId
      const path = repoPath(root, id)
      await createRepository({ path, objectFormat, head: 'refs/heads/main' as RefName })
      return { id, path, objectFormat }
    },
    async newClient(objectFormat = 'sha1') {
      return new Client(await mkdtemp(join(base, 'client-')), objectFormat)
    },
    async [Symbol.asyncDispose]() {
      await store[Symbol.asyncDispose]()
      await launcher[Symbol.asyncDispose]()
      await rm(base, { recursive: true, force: true })
    },
  }
}

/** The steps of the door without its policies. */
export async function push(
  store: DiskGitStore,
  repo: RepoHandle,
  pack: Buffer | null,
  updates: readonly RefUpdate[],
): Promise<readonly LockFailure[]> {
  await using quarantine = store.openQuarantine(repo)
  if (pack) await quarantine.receive(Readable.from([pack]), {})
  await quarantine.checkConnectivity(
    updates.filter((u) => !isDelete(u)).map((u) => u.newOid),
    updates.map((u) => u.oldOid).filter((oid) => !/^0+$/.test(oid)),
  )
  await quarantine.sync()
  await using refs = quarantine.beginRefTransaction(updates)
  const failures = await refs.prepare()
  if (failures.length > 0) return failures
  await quarantine.migrate()
  await refs.commit()
  await store.followHead(
    repo,
    updates.map((u) => u.ref),
  )
  await store.syncRefs(
    repo,
    updates.map((u) => u.ref),
  )
  return []
}
