/** Somebody with a stock git, a directory of his own and, if he has one, a token. */
import { spawn } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'

export interface GitRun {
  readonly code: number
  readonly stdout: string
  /** stdout as it came: a pack is no text. */
  readonly bytes: Buffer
  readonly stderr: string
  /** Both, as a person would see them. */
  readonly output: string
}

export class Actor {
  readonly name: string
  /** UUID of the account, and `sub` of the token. */
  readonly accountId: string
  readonly token: string | null
  /** Work tree; also HOME. */
  readonly dir: string

  constructor(opts: { name: string; accountId: string; token: string | null; dir: string }) {
    this.name = opts.name
    this.accountId = opts.accountId
    this.token = opts.token
    this.dir = opts.dir
  }

  /** Runs git in the work tree; fails only when git cannot be started. */
  git(...args: string[]): Promise<GitRun> {
    return this.gitWith({}, ...args)
  }

  /** Runs git and fails loudly unless it exits with 0. Returns its stdout, trimmed. */
  async ok(...args: string[]): Promise<string> {
    const run = await this.git(...args)
    if (run.code !== 0) throw new Error(`git ${args.join(' ')}: exit ${run.code}\n${run.output}`)
    return run.stdout.trim()
  }

  gitWith(opts: { env?: Record<string, string>; input?: string | Buffer; cwd?: string }, ...args: string[]) {
    const credential =
      this.token === null ? [] : ['-c', `http.extraHeader=Authorization: Bearer ${this.token}`]
    return runGit([...credential, ...args], {
      cwd: opts.cwd ?? this.dir,
      env: { ...identity(this), HOME: this.dir, ...opts.env },
      ...(opts.input === undefined ? {} : { input: opts.input }),
    })
  }

  /** `git init` here, with a remote. */
  async start(remote: string, opts: { branch?: string; objectFormat?: string } = {}): Promise<void> {
    const format = opts.objectFormat ? [`--object-format=${opts.objectFormat}`] : []
    await this.ok('init', '-q', '-b', opts.branch ?? 'main', ...format, '.')
    await this.ok('remote', 'add', 'origin', remote)
  }

  /** Writes one file; whether it is committed is another matter. */
  async write(path: string, content: string | Buffer): Promise<void> {
    const file = join(this.dir, path)
    await mkdir(dirname(file), { recursive: true })
    await writeFile(file, content)
  }

  /** Writes one file and commits it. Returns the new commit's id. */
  async commit(path: string, content: string | Buffer, message = `change ${path}`): Promise<string> {
    await this.write(path, content)
    await this.ok('add', '--', path)
    await this.ok('commit', '-q', '--allow-empty', '-m', message)
    return this.ok('rev-parse', 'HEAD')
  }

  /** The pack that a push of `tip` would send to somebody who has `bases`. */
  async pack(tip: string, ...bases: string[]): Promise<Buffer> {
    const input = [tip, ...bases.map((base) => `^${base}`), ''].join('\n')
    const run = await this.gitWith({ input }, 'pack-objects', '--revs', '--stdout', '--thin', '-q')
    if (run.code !== 0) throw new Error(`git pack-objects: exit ${run.code}\n${run.stderr}`)
    return run.bytes
  }

  /** A request to the REST API with this actor's token. */
  fetch(url: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers)
    if (this.token !== null && !headers.has('authorization'))
      headers.set('authorization', `Bearer ${this.token}`)
    if (typeof init.body === 'string' && !headers.has('content-type'))
      headers.set('content-type', 'application/json')
    return fetch(url, { ...init, headers })
  }
}

export function runGit(
  args: readonly string[],
  opts: { cwd: string; env?: Record<string, string>; input?: string | Buffer },
): Promise<GitRun> {
  const child = spawn('git', args, {
    cwd: opts.cwd,
    env: {
      PATH: process.env['PATH'] ?? '',
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_TERMINAL_PROMPT: '0',
      LC_ALL: 'C',
      ...opts.env,
    },
  })
  child.stdin.on('error', () => {})
  child.stdin.end(opts.input ?? '')
  const out: Buffer[] = []
  const err: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => out.push(chunk))
  child.stderr.on('data', (chunk: Buffer) => err.push(chunk))
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => {
      const bytes = Buffer.concat(out)
      const [stdout, stderr] = [bytes.toString(), Buffer.concat(err).toString()]
      resolve({ code: code ?? -1, stdout, bytes, stderr, output: stdout + stderr })
    })
  })
}

function identity(actor: Actor): Record<string, string> {
  const [name, email] = [actor.name, `${actor.name}@example.test`]
  return {
    GIT_AUTHOR_NAME: name,
    GIT_AUTHOR_EMAIL: email,
    GIT_COMMITTER_NAME: name,
    GIT_COMMITTER_EMAIL: email,
  }
}
