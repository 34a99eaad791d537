/**
 * A git server of somebody else, as GitHub is one: git's own `http-backend` behind Basic auth, over real bare
 * repositories. It answers otherwise, hangs or refuses a ref on order, and writes down who called.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runGit } from './actor.ts'

export interface Call {
  /** Method, path and query. */
  readonly line: string
  /** `user:password`; `null`: none was sent. */
  readonly credential: string | null
}

/** `forget`: it does what it is asked, and the connection dies before it has said so. */
export type HostBehaviour =
  | 'serve'
  | 'hang'
  | 'die'
  | 'forget'
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: string }
  | Answering

/** Whatever a test wants it to say. */
export type Answering = (request: IncomingMessage, response: ServerResponse) => void

export interface GitHost extends AsyncDisposable {
  /** Without a slash at the end. */
  readonly url: string
  /** Everything that it was asked, oldest first. */
  readonly calls: readonly Call[]
  /** Connections that were made to it so far. */
  readonly connections: number
  /** How many pushes it takes right now, and the most that it ever took at once. */
  readonly pushing: { readonly now: number; readonly most: number }
  /** An empty repository, and its URL. @param path `owner/name` */
  create(path: string, opts?: { objectFormat?: 'sha256' }): Promise<string>
  /** git in one of its repositories. */
  git(path: string, ...args: string[]): Promise<string>
  /** Refs of one of its repositories: `name oid`, by name. */
  refs(path: string): Promise<string[]>
  /** Its hook of that name; `''` for none. @see githooks(5) */
  setHook(path: string, name: 'update' | 'pre-receive', script: string): Promise<void>
  /** From now on only this password is good; at first any is. */
  demand(password: string): void
  /** How it answers from now on. At first it serves. */
  behave(behaviour: HostBehaviour, opts?: { readonly only?: 'receive-pack' }): void
  /** A push is not begun before this is disposed; those that wait are then. */
  holdPushes(): Disposable
  /** Speaks this version of the protocol at most, from now on. */
  speakAtMost(version: 0 | 1 | 2): void
  /** Nobody can connect any more, and who was connected is not. */
  goAway(): Promise<void>
  /** It is there again, at the same port. */
  comeBack(): Promise<void>
}

/** @param opts.tls PEM; http without it; @param opts.isOpen nobody needs a credential */
export async function openGitHost(
  opts: { readonly tls?: { readonly key: string; readonly cert: string }; readonly isOpen?: true } = {},
): Promise<GitHost> {
  const root = await mkdtemp(join(tmpdir(), 'sluice-git-host-'))
  const host = new Host(root, opts.isOpen ?? false)
  const answer = (request: IncomingMessage, response: ServerResponse) => void host.answer(request, response)
  const server = opts.tls ? createTlsServer(opts.tls, answer) : createServer(answer)
  server.on('connection', () => host.connections++)
  const port = await listen(server, 0)
  const url = `${opts.tls ? 'https' : 'http'}://127.0.0.1:${port}`
  return {
    url,
    calls: host.calls,
    get connections() {
      return host.connections
    },
    pushing: host.pushing,
    create: async (path, { objectFormat = 'sha1' } = {}) => {
      const format = `--object-format=${objectFormat}`
      const { code, output } = await host.run(root, 'init', '-q', '--bare', format, `${path}.git`)
      if (code !== 0) throw new Error(output)
      return `${url}/${path}.git`
    },
    git: async (path, ...args) => (await host.run(join(root, `${path}.git`), ...args)).stdout.trim(),
    refs: async (path) => {
      const format = '--format=%(refname) %(objectname)'
      const { stdout } = await host.run(join(root, `${path}.git`), 'for-each-ref', format)
      return stdout.split('\n').filter((line) => line !== '')
    },
    setHook: (path, name, script) => setHook(join(root, `${path}.git`, 'hooks'), name, script),
    demand: (password) => (host.password = password),
    behave: (behaviour, { only = null } = {}) => (host.order = { behaviour, only }),
    holdPushes: () => host.holdPushes(),
    speakAtMost: (version) => (host.maxVersion = version),
    goAway: () => end(server),
    comeBack: async () => void (await listen(server, port)),
    async [Symbol.asyncDispose]() {
      if (server.listening) await end(server)
      await rm(root, { recursive: true, force: true, maxRetries: 3 })
    },
  }
}

class Host {
  readonly calls: Call[] = []
  readonly pushing = { now: 0, most: 0 }
  connections = 0
  maxVersion: 0 | 1 | 2 = 2
  password: string | null = null
  order: { readonly behaviour: HostBehaviour; readonly only: 'receive-pack' | null } = {
    behaviour: 'serve',
    only: null,
  }
  #mayPush: Promise<void> = Promise.resolve()
  readonly #root: string

  readonly #isOpen: boolean

  constructor(root: string, isOpen: boolean) {
    this.#root = root
    this.#isOpen = isOpen
  }

  run(cwd: string, ...args: string[]) {
    return runGit(args, { cwd, env: { HOME: this.#root } })
  }

  holdPushes(): Disposable {
    let release = () => {}
    this.#mayPush = new Promise((resolve) => (release = resolve))
    return { [Symbol.dispose]: () => release() }
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.on('error', () => {})
    const credential = credentialOf(request)
    this.calls.push({ line: `${request.method} ${request.url}`, credential })
    const { behaviour, only } = this.order
    const isOrdered = only === null || request.method === 'POST'
    if (isOrdered && behaviour !== 'serve') {
      if (typeof behaviour === 'function') return behaviour(request, response)
      if (behaviour === 'forget') await serve(this.#root, request)
      misbehave(response, behaviour)
    } else if (!this.#isLetIn(credential)) {
      response.writeHead(401, { 'www-authenticate': 'Basic realm="host"' }).end()
    } else if (request.method === 'POST') await this.#takePush(request, response)
    else await this.#serve(request, response)
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (this.maxVersion < 2) delete request.headers['git-protocol']
    if (this.maxVersion === 1) request.headers['git-protocol'] = 'version=1'
    const answer = await serve(this.#root, request)
    if (answer === null) response.destroy()
    else response.writeHead(answer.status, answer.headers).end(answer.body)
  }

  async #takePush(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.pushing.now++
    this.pushing.most = Math.max(this.pushing.most, this.pushing.now)
    await this.#mayPush
    await this.#serve(request, response)
    this.pushing.now--
  }

  #isLetIn(credential: string | null): boolean {
    if (this.#isOpen) return true
    return credential !== null && (this.password === null || credential.endsWith(`:${this.password}`))
  }
}

function credentialOf({ headers }: IncomingMessage): string | null {
  const [, encoded] = /^Basic (.+)$/.exec(headers.authorization ?? '') ?? []
  return encoded === undefined ? null : Buffer.from(encoded, 'base64').toString()
}

function misbehave(response: ServerResponse, behaviour: Exclude<HostBehaviour, 'serve' | Answering>): void {
  if (behaviour === 'hang') return
  if (behaviour === 'die' || behaviour === 'forget')
    response.socket?.destroy() // a TLS socket cannot be reset
  else response.writeHead(behaviour.status, behaviour.headers).end(behaviour.body)
}

/** @returns `null`: the client left, and git was ended before it had answered @see git-http-backend(1); RFC 3875 */
async function serve(root: string, request: IncomingMessage) {
  const [path = '', query = ''] = (request.url ?? '').split('?')
  const header = (name: string) => String(request.headers[name] ?? '')
  const backend = spawn('git', ['http-backend'], {
    env: {
      PATH: process.env['PATH'] ?? '',
      HOME: root,
      GIT_PROJECT_ROOT: root,
      GIT_HTTP_EXPORT_ALL: '1',
      REMOTE_USER: 'somebody',
      PATH_INFO: path,
      QUERY_STRING: query,
      REQUEST_METHOD: request.method ?? '',
      CONTENT_TYPE: header('content-type'),
      CONTENT_LENGTH: header('content-length'),
      HTTP_CONTENT_ENCODING: header('content-encoding'),
      GIT_PROTOCOL: header('git-protocol'),
    },
    stdio: ['pipe', 'pipe', 'ignore'],
    detached: true, // a group of its own: git starts the backend as another process
  })
  backend.stdin.on('error', () => {})
  request.pipe(backend.stdin)
  // who leaves in the middle of a body would have it wait for the rest for ever, and busily
  const leave = () => void (request.readableEnded || endGroup(backend))
  if (request.closed) leave()
  else request.once('close', leave)
  const chunks: Buffer[] = []
  for await (const chunk of backend.stdout) chunks.push(chunk as Buffer)
  const answer = Buffer.concat(chunks)
  const bodyAt = answer.indexOf('\r\n\r\n')
  if (bodyAt < 0) return null
  const headers = answer.subarray(0, bodyAt).toString().split('\r\n')
  const pairs = headers.map((line) => line.split(': ', 2) as [string, string])
  const status = pairs.find(([name]) => name === 'Status')?.[1] ?? '200'
  return {
    status: parseInt(status, 10),
    headers: Object.fromEntries(pairs.filter(([name]) => name !== 'Status')),
    body: answer.subarray(bodyAt + 4),
  }
}

function endGroup({ pid, exitCode, signalCode }: ChildProcess): void {
  if (pid !== undefined && exitCode === null && signalCode === null) process.kill(-pid, 'SIGKILL')
}

export async function setHook(directory: string, name: string, script: string): Promise<void> {
  const path = join(directory, name)
  await mkdir(directory, { recursive: true })
  if (script === '') return await rm(path, { force: true })
  await writeFile(path, `#!/bin/sh\n${script}\n`)
  await chmod(path, 0o755)
}

async function end(server: Server): Promise<void> {
  server.closeAllConnections()
  server.close()
  await once(server, 'close')
}

async function listen(server: Server, port: number): Promise<number> {
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}
