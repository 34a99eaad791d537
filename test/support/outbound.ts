/** A repository of ours with two forges outside, one behind https and one behind ssh, and the git that goes there. */
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Oid, RepoId } from '../../src/kernel/ids.ts'
import type { RepoHandle } from '../../src/kernel/repository.ts'
import { newId } from '../../src/kernel/uuid.ts'
import { openPrivateFiles, type PrivateFiles } from '../../src/git/outbound/private-files.ts'
import { openUpstreamGit, type UpstreamGit } from '../../src/git/outbound/upstream-git.ts'
import { openLauncher, type Launcher } from '../../src/git/launcher/launcher.ts'
import { runGit } from './actor.ts'
import { openHttpsUpstream, type HttpsUpstream } from './https-upstream.ts'
import { launcherScript } from './launcher.ts'
import { openSshd, type Sshd } from './sshd.ts'

export interface Outbound extends AsyncDisposable {
  readonly git: UpstreamGit
  readonly files: PrivateFiles
  readonly launcher: Launcher
  readonly repo: RepoHandle
  /** In which git sees the objects of `repo`. */
  readonly environment: Readonly<Record<string, string>>
  readonly https: HttpsUpstream
  readonly ssh: Sshd
  /** Milliseconds since 1970; as the test sets it. */
  now: number
  /** A new commit in `repo`, which no ref names. */
  commit(message: string, ...parents: Oid[]): Promise<Oid>
  /** git in `repo`; fails loudly. */
  run(...args: string[]): Promise<string>
}

/** @param opts.connectMs and idleMs as in `UpstreamGitOptions`; 10 s both by default */
export async function openOutbound(opts: { connectMs?: number; idleMs?: number } = {}): Promise<Outbound> {
  const dir = await mkdtemp(join(tmpdir(), 'sluice-outbound-'))
  const home = join(dir, 'home')
  await mkdir(home)
  const launcher = await openLauncher({ script: await launcherScript(), environmentHome: home })
  const [https, ssh] = await Promise.all([openHttpsUpstream(), openSshd()])
  const files = await openPrivateFiles(join(dir, 'private'))
  const { connectMs = 10_000, idleMs = 10_000 } = opts
  const limits = { connectMs, idleMs, refreshMs: 60_000, memoryBytes: 1024 ** 3, maxPackBytes: 1024 ** 3 }
  let now = Date.now()
  const git = await openUpstreamGit({ launcher, files, clock: { now: () => now }, ...limits })
  const repo = { id: newId() as RepoId, path: join(dir, 'repo.git'), objectFormat: 'sha1' } as const
  const run = async (...args: string[]) => {
    const identity = ['-c', 'user.name=a', '-c', 'user.email=a@example.test']
    const { code, stdout, output } = await runGit([...identity, ...args], {
      cwd: dir,
      env: { GIT_DIR: repo.path },
    })
    if (code !== 0) throw new Error(output)
    return stdout.trim()
  }
  await runGit(['init', '-q', '--bare', repo.path], { cwd: dir })
  const tree = await run('hash-object', '-w', '-t', 'tree', '/dev/null')
  return {
    ...{ git, files, launcher, repo, https, ssh, run, environment: { GIT_DIR: repo.path } },
    get now() {
      return now
    },
    set now(ms) {
      now = ms
    },
    commit: async (message, ...parents) => {
      const named = parents.flatMap((parent) => ['-p', parent])
      return (await run('commit-tree', tree, '-m', message, ...named)) as Oid
    },
    async [Symbol.asyncDispose]() {
      await git[Symbol.asyncDispose]()
      await files[Symbol.asyncDispose]()
      await launcher[Symbol.asyncDispose]()
      await Promise.all([https[Symbol.asyncDispose](), ssh[Symbol.asyncDispose]()])
      await rm(dir, { recursive: true, force: true, maxRetries: 3 })
    },
  }
}
