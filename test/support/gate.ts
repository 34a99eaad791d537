/**
 * A world whose server stands before two forges, one behind https and one behind ssh. Each gate has its own
 * repository there, a colleague who works on it directly, and an agent who only has the gate.
 */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { openSeal } from '../../src/compose/seal.ts'
import type { RepoId } from '../../src/kernel/ids.ts'
import { newId } from '../../src/kernel/uuid.ts'
import { EventLog } from '../../src/store/log/events.ts'
import { credentialOf } from '../../src/store/upstreams/upstream-rows.ts'
import { Upstreams } from '../../src/store/upstreams/upstreams.ts'
import { Actor, runGit } from './actor.ts'
import { openHttpsUpstream, type HttpsUpstream } from './https-upstream.ts'
import { openSshd, type Sshd } from './sshd.ts'
import { world, type World, type WorldOptions } from './world.ts'

export interface GateOptions {
  readonly transport?: 'https' | 'ssh'
  readonly maxAgeMs?: number
  readonly staleIfError?: boolean
  readonly objectFormat?: 'sha1' | 'sha256'
  /** First commits of the upstream; 0: it is empty. Default 1. */
  readonly commits?: number
}

/** The repository at the forge. */
export class UpstreamRepository {
  /** `owner/name` at the forge. */
  readonly path: string
  /** Its git directory. */
  readonly gitDir: string
  readonly #host: HttpsUpstream | Sshd
  /** Works on it directly, in a clone of his own. */
  readonly colleague: Actor

  constructor(host: HttpsUpstream | Sshd, path: string, gitDir: string, colleague: Actor) {
    this.#host = host
    this.path = path
    this.gitDir = gitDir
    this.colleague = colleague
  }

  /** git in the repository itself. */
  git(...args: string[]): Promise<string> {
    return this.#host.git(this.path, ...args)
  }

  /** `name oid`, by name. */
  refs(): Promise<string[]> {
    return this.#host.refs(this.path)
  }

  /** The colleague commits one file on what he has and pushes it. Returns the new commit's id. */
  async commit(path: string, content: string | Buffer, opts: { branch?: string } = {}): Promise<string> {
    const oid = await this.colleague.commit(path, content)
    await this.colleague.ok('push', '-q', 'origin', `+HEAD:refs/heads/${opts.branch ?? 'main'}`)
    return oid
  }

  setHook(name: 'update' | 'pre-receive', script: string): Promise<void> {
    return this.#host.setHook(this.path, name, script)
  }
}

export interface Gate {
  readonly id: RepoId
  /** Of the server's own repository. */
  readonly path: string
  /** For git, through the gate. */
  readonly url: string
  /** In the REST API. */
  readonly at: string
  readonly upstream: UpstreamRepository
  /** May write to the gate and to nothing else; his directory is empty. */
  readonly agent: Actor
  /** Refs of the server's own repository: `name oid`, by name. */
  refs(): Promise<string[]>
}

export class GateWorld implements AsyncDisposable {
  readonly world: World
  readonly https: HttpsUpstream
  readonly ssh: Sshd
  #gates = 0

  constructor(parts: { world: World; https: HttpsUpstream; ssh: Sshd }) {
    this.world = parts.world
    this.https = parts.https
    this.ssh = parts.ssh
  }

  /** A gate of the owner before a repository of its own. */
  async gate(opts: GateOptions = {}): Promise<Gate> {
    const { transport = 'https', objectFormat = 'sha1', commits = 1 } = opts
    const name = `gate-${++this.#gates}`
    const { id, path, url } = await this.world.createRepo(name, { objectFormat })
    const upstream = await this.#upstream(name, transport, objectFormat)
    for (let n = 1; n <= commits; n++) await upstream.commit(`file-${n}`, `${n}\n`)
    await this.declare(id, upstream, opts)
    const { accountId } = this.world.owner
    const agent = await this.world.actor('agent', { accountId, scope: `repo:acme/${name}:write` })
    const refs = async () => {
      const listed = await runGit(['for-each-ref', '--format=%(refname) %(objectname)'], { cwd: path })
      return listed.stdout.split('\n').filter((line) => line !== '')
    }
    return { id, path, url, at: `/repos/acme/${name}`, upstream, agent, refs }
  }

  /** Makes a repository a gate, past the REST API; a gate gets this upstream from now on. */
  async declare(
    id: RepoId,
    upstream: Pick<UpstreamRepository, 'path'>,
    opts: GateOptions = {},
  ): Promise<void> {
    const { transport = 'https', maxAgeMs = 0, staleIfError = false } = opts
    const remote = (transport === 'https' ? this.https : this.ssh).remote(upstream.path)
    const isSsh = remote.kind === 'ssh'
    const seal = await openSeal(this.world.config, 'upstreams')
    const secret = isSsh ? remote.privateKey : remote.password
    await using database = await this.world.openDatabase()
    const events = new EventLog({ database, clock: Date, newId })
    await new Upstreams({ database, events, clock: Date }).put(
      id,
      {
        url: isSsh ? `ssh://${remote.user}@${remote.host}:${remote.port}${remote.path}` : remote.url.href,
        provider: isSsh ? 'static' : 'token',
        username: isSsh ? null : remote.username,
        credential: { sealed: seal.seal(secret, credentialOf(id)), fingerprint: null, deployKeyId: null },
        provisionerSealed: null,
        apiUrl: null,
        keyTtlSeconds: null,
        hostKey: isSsh ? remote.hostKey : null,
        ca: isSsh ? null : remote.ca,
        maxAgeMs,
        staleIfError,
        user: null,
      },
      { actorId: this.world.owner.accountId, agentId: null },
    )
  }

  async #upstream(name: string, transport: 'https' | 'ssh', objectFormat: 'sha1' | 'sha256') {
    const host = transport === 'https' ? this.https : this.ssh
    const path = `forge/${name}`
    await host.create(path, objectFormat === 'sha256' ? { objectFormat } : {})
    await host.git(path, 'symbolic-ref', 'HEAD', 'refs/heads/main')
    const gitDir = await host.git(path, 'rev-parse', '--absolute-git-dir')
    const dir = join(this.world.dir, `colleague-${name}`)
    await mkdir(dir)
    const colleague = new Actor({ name: 'colleague', accountId: '', token: null, dir })
    await colleague.start(gitDir, { objectFormat })
    return new UpstreamRepository(host, path, gitDir, colleague)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.world[Symbol.asyncDispose]()
    await this.https[Symbol.asyncDispose]()
    await this.ssh[Symbol.asyncDispose]()
  }
}

export async function gateWorld(opts: WorldOptions = {}): Promise<GateWorld> {
  const settings = {
    SLUICE_GATE_ALLOW_PRIVATE: '1',
    SLUICE_GATE_CONNECT_SECONDS: '2',
    SLUICE_GATE_IDLE_SECONDS: '2',
    SLUICE_GATE_REFRESH_SECONDS: '10',
    ...opts.settings,
  }
  const [https, ssh, itself] = await Promise.all([
    openHttpsUpstream(),
    openSshd(),
    world({ ...opts, settings }),
  ])
  return new GateWorld({ world: itself, https, ssh })
}
