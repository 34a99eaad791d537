/**
 * Somebody else who writes to a repository with stock git while the server has it open, and what
 * stock git would answer about it. For tests that hold our bytes against git's.
 */
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { ObjectFormat, RepoId } from '../../src/kernel/ids.ts'
import type { RepoHandle } from '../../src/kernel/repository.ts'
import { DELIM, FLUSH, pktLine } from '../../src/git/wire/pkt-line.ts'

/** Also what git is told to call itself, so that its bytes can be compared with ours. */
export const AGENT = 'sluice/test'

const ENV = {
  ...process.env,
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_USER_AGENT: AGENT,
  GIT_AUTHOR_NAME: 'Writer',
  GIT_AUTHOR_EMAIL: 'writer@example.org',
  GIT_COMMITTER_NAME: 'Writer',
  GIT_COMMITTER_EMAIL: 'writer@example.org',
}

const OFFERS = [
  '-c',
  'uploadpack.allowFilter=true',
  '-c',
  'uploadpack.allowSidebandAll=true',
  '-c',
  'uploadpack.allowTipSHA1InWant=true',
  '-c',
  'uploadpack.allowReachableSHA1InWant=true',
  '-c',
  'receive.advertisePushOptions=true',
  '-c',
  'transfer.advertiseObjectInfo=true',
]

export class GitWriter implements Disposable {
  readonly repo: RepoHandle
  readonly #root: string

  constructor(objectFormat: ObjectFormat = 'sha1') {
    this.#root = mkdtempSync(join(tmpdir(), 'sluice-refs-'))
    const path = join(this.#root, 'repo.git')
    execFileSync('git', ['init', '-q', '--bare', '-b', 'main', `--object-format=${objectFormat}`, path], {
      env: ENV,
    })
    this.repo = { id: '00000000-0000-4000-8000-000000000001' as RepoId, path, objectFormat }
  }

  /** @returns stdout without the last line feed */
  git(args: readonly string[], input: string | Buffer = ''): string {
    const options = { cwd: this.repo.path, env: ENV, input, stdio: ['pipe', 'pipe', 'ignore'] as 'pipe'[] }
    return execFileSync('git', args, { ...options, maxBuffer: 1 << 28 })
      .toString('latin1')
      .trimEnd()
  }

  /** A git that may refuse, for random writers. */
  tryGit(args: readonly string[], input: string | Buffer = ''): boolean {
    try {
      this.git(args, input)
      return true
    } catch {
      return false
    }
  }

  commit(message: string): string {
    return this.git(['commit-tree', '-m', message, this.git(['mktree'])])
  }

  /** An annotated tag object, with no ref. */
  tagObject(target: string, type: string, name: string): string {
    const text = `object ${target}\ntype ${type}\ntag ${name}\ntagger W <w@example.org> 1 +0000\n\n${'long '.repeat(80)}${name}\n`
    return this.git(['hash-object', '-w', '-t', 'tag', '--stdin', '--literally'], text)
  }

  /** Puts a file in place of a ref as git does, but without asking git. `name` is a byte string. */
  placeRef(name: string, content: string): void {
    const path = Buffer.from(`${this.repo.path}/${name}`, 'latin1')
    mkdirSync(Buffer.from(dirname(path.toString('latin1')), 'latin1'), { recursive: true })
    this.replace(path, content)
  }

  /** Writes beside the file, then renames. */
  replace(path: string | Buffer, content: string | Buffer): void {
    const lock = Buffer.concat([Buffer.from(path), Buffer.from('.lock')])
    writeFileSync(lock, content)
    renameSync(lock, path)
  }

  lsRefs(args: readonly string[]): Buffer {
    const body = Buffer.concat([
      pktLine('command=ls-refs\n'),
      pktLine(`object-format=${this.repo.objectFormat}`),
      DELIM,
      ...args.map((arg) => pktLine(`${arg}\n`)),
      FLUSH,
    ])
    return this.#serve(['upload-pack', '--stateless-rpc', '.'], { GIT_PROTOCOL: 'version=2' }, body)
  }

  /** @param config of git, such as `uploadpack.hideRefs=refs/x` */
  advertise(
    service: 'upload-pack' | 'receive-pack',
    version: 0 | 1 | 2,
    config: readonly string[] = [],
  ): Buffer {
    const env = {
      GIT_PROJECT_ROOT: this.#root,
      GIT_HTTP_EXPORT_ALL: '1',
      REMOTE_USER: 'writer',
      REQUEST_METHOD: 'GET',
      PATH_INFO: '/repo.git/info/refs',
      QUERY_STRING: `service=git-${service}`,
      ...(version === 0 ? {} : { GIT_PROTOCOL: `version=${version}` }),
    }
    const answer = this.#serve([...config.flatMap((c) => ['-c', c]), 'http-backend'], env)
    return answer.subarray(answer.indexOf('\r\n\r\n') + 4)
  }

  [Symbol.dispose](): void {
    rmSync(this.#root, { recursive: true, force: true })
  }

  #serve(args: readonly string[], env: Record<string, string>, input?: Buffer): Buffer {
    return execFileSync('git', [...OFFERS, ...args], {
      cwd: this.repo.path,
      env: { ...ENV, ...env },
      input: input ?? Buffer.alloc(0),
      stdio: ['pipe', 'pipe', 'ignore'],
      maxBuffer: 1 << 28,
    })
  }
}
