/**
 * A forge behind ssh: a real sshd on loopback, one process for each connection as inetd would start it, with a
 * host key and a client key that are made for it. It serves bare repositories below a directory.
 */
import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { SshRemote } from '../../src/git/outbound/upstream-remote.ts'
import { runGit } from './actor.ts'
import { setHook } from './git-host.ts'

export interface KeyPair {
  /** In the format of OpenSSH. */
  readonly privateKey: string
  /** `<algorithm> <base64>`. */
  readonly publicKey: string
}

/** `silent`: takes connections and never says a word. `stuck`: lets in, and git there never says a word. */
export type SshdBehaviour = 'serve' | 'silent' | 'hang up' | 'stuck'

export interface Sshd extends AsyncDisposable {
  readonly port: number
  /** `<algorithm> <base64>` of its host key. */
  readonly hostKey: string
  /** The client key that it lets in at first. */
  readonly key: KeyPair
  /** Connections that were made to it so far: each has its own handshake. */
  readonly connections: number
  /** How many of them are open. */
  readonly connected: number
  /** How it is reached. @param path `owner/name` */
  remote(path: string): SshRemote
  /** An empty repository, and its URL. */
  create(path: string, opts?: { objectFormat?: 'sha256' }): Promise<string>
  /** Absolute path of one of its repositories. */
  pathOf(path: string): string
  /** git in one of its repositories. */
  git(path: string, ...args: string[]): Promise<string>
  /** Refs of one of its repositories: `name oid`, by name. */
  refs(path: string): Promise<string[]>
  /** Its hook of that name; `''` for none. @see githooks(5) */
  setHook(path: string, name: 'update' | 'pre-receive', script: string): Promise<void>
  /** From now on only these public keys are let in. Who is connected stays. */
  authorize(...publicKeys: string[]): Promise<void>
  behave(behaviour: SshdBehaviour): Promise<void>
  /** Ends every connection, and lets nobody connect until `comeBack`. */
  goAway(): Promise<void>
  comeBack(): Promise<void>
}

const run = promisify(execFile)
const PROGRAM = '/usr/sbin/sshd'

/** @param opts.maxSessions of one connection @see sshd_config(5), MaxSessions */
export async function openSshd(opts: { maxSessions?: number } = {}): Promise<Sshd> {
  const dir = await mkdtemp(join(tmpdir(), 'sluice-sshd-'))
  const [host, key] = [await makeKey(dir, 'host'), await makeKey(dir, 'client')]
  const root = join(dir, 'repositories')
  await mkdir(root)
  await writeConfig(dir, root, opts.maxSessions ?? 10)
  const authorize = (...publicKeys: string[]) =>
    writeFile(join(dir, 'authorized'), publicKeys.join('\n') + '\n')
  await authorize(key.publicKey)
  const doorway = new Doorway(join(dir, 'config'))
  const port = await doorway.open(0)
  const pathOf = (path: string) => join(root, `${path}.git`)
  const { username: user } = userInfo()
  const git = async (path: string, ...args: string[]) =>
    (await runGit(args, { cwd: pathOf(path), env: { HOME: dir } })).stdout.trim()
  return {
    port,
    hostKey: host.publicKey,
    key,
    get connections() {
      return doorway.connections
    },
    get connected() {
      return doorway.connected
    },
    remote: (path) => ({
      ...{ kind: 'ssh', user, host: '127.0.0.1', port, path: pathOf(path), address: '127.0.0.1' },
      ...{ hostKey: host.publicKey, privateKey: key.privateKey },
    }),
    create: async (path, { objectFormat = 'sha1' } = {}) => {
      const format = `--object-format=${objectFormat}`
      const made = await runGit(['init', '-q', '--bare', format, pathOf(path)], {
        cwd: root,
        env: { HOME: dir },
      })
      if (made.code !== 0) throw new Error(made.output)
      return `ssh://${user}@127.0.0.1:${port}${pathOf(path)}`
    },
    pathOf,
    git,
    refs: async (path) => {
      const refs = await git(path, 'for-each-ref', '--format=%(refname) %(objectname)')
      return refs.split('\n').filter((line) => line !== '')
    },
    setHook: (path, name, script) => setHook(join(pathOf(path), 'hooks'), name, script),
    authorize,
    behave: async (behaviour) => {
      doorway.behaviour = behaviour
      if (behaviour === 'stuck') await writeFile(join(dir, 'stuck'), '')
      else await rm(join(dir, 'stuck'), { force: true })
    },
    goAway: () => doorway.close(),
    comeBack: async () => void (await doorway.open(port)),
    async [Symbol.asyncDispose]() {
      await doorway.close()
      await rm(dir, { recursive: true, force: true, maxRetries: 3 })
    },
  }
}

/** A key pair that no server knows yet. */
export async function newKeyPair(): Promise<KeyPair> {
  const dir = await mkdtemp(join(tmpdir(), 'sluice-key-'))
  try {
    return await makeKey(dir, 'key')
  } finally {
    await rm(dir, { recursive: true })
  }
}

/** Takes connections and gives each to an sshd of its own. @see sshd(8), -i */
class Doorway {
  behaviour: SshdBehaviour = 'serve'
  connections = 0
  readonly #config: string
  readonly #running = new Set<ChildProcess>()
  readonly #sockets = new Set<Socket>()
  #server: Server | null = null

  constructor(config: string) {
    this.#config = config
  }

  get connected(): number {
    return this.#running.size
  }

  async open(port: number): Promise<number> {
    this.#server = createServer({ pauseOnConnect: true }, (socket) => this.#take(socket))
    this.#server.listen(port, '127.0.0.1')
    await once(this.#server, 'listening')
    return (this.#server.address() as AddressInfo).port
  }

  async close(): Promise<void> {
    const server = this.#server
    this.#server = null
    for (const socket of this.#sockets) socket.destroy()
    for (const child of this.#running) endSession(child)
    if (server === null) return
    server.close()
    await once(server, 'close')
  }

  #take(socket: Socket): void {
    this.connections++
    if (this.behaviour === 'hang up') return void socket.destroy()
    if (this.behaviour === 'silent') {
      this.#sockets.add(socket.on('close', () => this.#sockets.delete(socket)).on('error', () => {}))
      return
    }
    // each leads a group of its own, which ends with it
    const child = spawn(PROGRAM, ['-i', '-f', this.#config], {
      stdio: [socket, socket, 'ignore'],
      detached: true,
      env: { PATH: process.env['PATH'] ?? '' },
    })
    socket.destroy() // sshd holds the only copy now
    this.#running.add(child)
    child.on('close', () => this.#running.delete(child))
  }
}

function endSession(child: ChildProcess): void {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
  } catch {
    // gone already
  }
}

async function makeKey(dir: string, name: string): Promise<KeyPair> {
  const path = join(dir, name)
  await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', '', '-f', path])
  const [privateKey, publicKey] = await Promise.all([readFile(path, 'utf8'), readFile(`${path}.pub`, 'utf8')])
  return { privateKey, publicKey: publicKey.trim() }
}

/** @see sshd_config(5) */
async function writeConfig(dir: string, root: string, maxSessions: number): Promise<void> {
  if (userInfo().uid === 0) await mkdir('/run/sshd', { recursive: true, mode: 0o755 }) // it does not start without
  const serve = join(dir, 'serve')
  await writeFile(
    serve,
    `export HOME='${dir}' GIT_CONFIG_NOSYSTEM=1\n[ -e '${dir}/stuck' ] && exec cat >/dev/null\ncd '${root}' && eval "exec $SSH_ORIGINAL_COMMAND"\n`,
  )
  const settings = [
    `HostKey ${join(dir, 'host')}`,
    `AuthorizedKeysFile ${join(dir, 'authorized')}`,
    'StrictModes no',
    'UsePAM no',
    'PermitRootLogin yes',
    'PasswordAuthentication no',
    'KbdInteractiveAuthentication no',
    'AcceptEnv GIT_PROTOCOL',
    'PrintMotd no',
    'PrintLastLog no',
    'PidFile none',
    `MaxSessions ${maxSessions}`,
    `ForceCommand /bin/sh ${serve}`,
  ]
  await writeFile(join(dir, 'config'), `${settings.join('\n')}\n`)
}
