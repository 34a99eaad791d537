/**
 * git to and from upstreams: what they show, what they have, and what they are given. Whether an upstream may
 * be reached, and what its refs mean here, is decided elsewhere.
 */
import { dirname } from 'node:path'
import type { Oid } from '../../kernel/ids.ts'
import type { Clock } from '../../kernel/ports.ts'
import type { RepoHandle } from '../../kernel/repository.ts'
import type { Launcher } from '../launcher/launcher.ts'
import { faultOf, type ForwardReport } from './forward-report.ts'
import { runGit } from './git-run.ts'
import { httpsAccess, type RemoteAccess } from './https-access.ts'
import { HttpsListing } from './https-listing.ts'
import type { PrivateFiles } from './private-files.ts'
import { sshAccess } from './ssh-access.ts'
import { openSshMasters, type SshMasters } from './ssh-masters.ts'
import { fetchUpstream } from './upstream-fetch.ts'
import { pushUpstream, type ForwardedUpdate, type ForwardOptions } from './upstream-push.ts'
import { upstreamUnavailable } from './upstream-fault.ts'
import { parseLsRemote, type UpstreamRefs } from './upstream-refs.ts'
import type { OpenRemote, ReadableRemote, SshRemote, UpstreamRemote } from './upstream-remote.ts'

export type { ForwardReport } from './forward-report.ts'
export type { ForwardedUpdate, ForwardOptions } from './upstream-push.ts'
export type { UpstreamRefs } from './upstream-refs.ts'

export interface UpstreamGitOptions {
  readonly launcher: Pick<Launcher, 'start' | 'ready'>
  /** Where secrets lie while git needs them. Not disposed of here. */
  readonly files: PrivateFiles
  /** How long a connection may take, with its handshake. */
  readonly connectMs: number
  /** How long an upstream may be silent. */
  readonly idleMs: number
  /** How long one fetch may take. */
  readonly refreshMs: number
  /** Of one git, and of each program that it starts. */
  readonly memoryBytes: number
  /** Largest pack that a fetch may bring. */
  readonly maxPackBytes: number
  readonly clock: Clock
}

export interface FetchOptions {
  readonly signal?: AbortSignal | undefined
  /** Largest pack that it may bring; by default that of all fetches. */
  readonly maxPackBytes?: number
}

const MAX_LISTING_BYTES = 64 * 1024 * 1024

/** @returns once it can be used; dispose to end its connections */
export async function openUpstreamGit(opts: UpstreamGitOptions): Promise<UpstreamGit> {
  return new UpstreamGit(opts, await openSshMasters(opts.clock))
}

export class UpstreamGit implements AsyncDisposable {
  readonly #opts: UpstreamGitOptions
  readonly #masters: SshMasters
  readonly #listing: HttpsListing

  /** Not for direct use: see `openUpstreamGit`. */
  constructor(opts: UpstreamGitOptions, masters: SshMasters) {
    this.#opts = opts
    this.#masters = masters
    const { connectMs, idleMs } = opts
    this.#listing = new HttpsListing({ connectMs, idleMs, maxBytes: MAX_LISTING_BYTES })
  }

  /** @throws AppError `UPSTREAM_UNAVAILABLE`; the reason of `signal` */
  async listRefs(remote: ReadableRemote, signal?: AbortSignal): Promise<UpstreamRefs> {
    if (remote.kind === 'https') return await this.#listing.listRefs(remote, signal)
    return await this.#listByGit(remote, signal)
  }

  /**
   * Brings objects, and all that they need, to where `environment` stores new ones. No ref moves.
   *
   * @throws AppError `UPSTREAM_UNAVAILABLE`, with `details.moved` when the upstream has ceased to show one of
   *   them: list its refs again; the reason of `signal`
   */
  async fetch(
    remote: ReadableRemote,
    repo: RepoHandle,
    environment: Readonly<Record<string, string>>,
    oids: readonly Oid[],
    { signal, maxPackBytes = this.#opts.maxPackBytes }: FetchOptions = {},
  ): Promise<void> {
    if (oids.length === 0) return
    await using access = await this.#accessTo(remote)
    const parts = { ...this.#opts, wallMs: this.#opts.refreshMs, maxPackBytes }
    await fetchUpstream(parts, { remote, access, repo, environment }, oids, signal)
  }

  /**
   * Moves refs there, each only from its old value. What may have landed is never reported as refused.
   *
   * @throws AppError `UPSTREAM_UNAVAILABLE`: nothing has moved there
   */
  async push(
    remote: UpstreamRemote,
    repo: RepoHandle,
    environment: Readonly<Record<string, string>>,
    updates: readonly ForwardedUpdate[],
    opts: ForwardOptions = {},
  ): Promise<ForwardReport> {
    if (updates.length === 0) return { refs: [], remarks: [] }
    await using access = await this.#accessTo(remote)
    const parts = { ...this.#opts, wallMs: this.#opts.refreshMs }
    return await pushUpstream(parts, { remote, access, repo, environment }, updates, opts)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listing[Symbol.dispose]()
    await this.#masters[Symbol.asyncDispose]()
  }

  /** All of its refs are told: this git asks for no part of them. */
  async #listByGit(remote: SshRemote | OpenRemote, signal?: AbortSignal): Promise<UpstreamRefs> {
    const { launcher, files, connectMs, idleMs, memoryBytes } = this.#opts
    await using access = await this.#accessTo(remote)
    const spec = {
      cwd: files.directory,
      args: ['-c', 'protocol.version=2', 'ls-remote', '--symref', '--', access.url],
      // no repository around the directory has a say
      env: { ...access.env, GIT_CEILING_DIRECTORIES: dirname(files.directory) },
      memoryBytes,
    }
    const limits = { wallMs: connectMs + idleMs, maxOutputBytes: MAX_LISTING_BYTES }
    const run = await runGit(launcher, spec, { ...limits, signal })
    if (run.code === 0) return await parseLsRemote(run.stdout)
    signal?.throwIfAborted()
    throw upstreamUnavailable(faultOf(run), remote)
  }

  #accessTo(remote: ReadableRemote): Promise<RemoteAccess> {
    const { files, idleMs } = this.#opts
    if (remote.kind !== 'ssh') return httpsAccess(files, remote, idleMs)
    return sshAccess({ ...this.#opts, masters: this.#masters }, remote)
  }
}
