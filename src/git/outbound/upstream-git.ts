/**
 * git to and from upstreams: what they show, what they have, and what they are given. Whether an upstream may
 * be reached, and what its refs mean here, is decided elsewhere.
 */
import type { Oid, RefName } from '../../kernel/ids.ts'
import type { RepoHandle } from '../../kernel/repository.ts'
import type { Launcher } from '../launcher/launcher.ts'
import type { RefReport } from './push-report.ts'
import type { UpstreamRemote } from './upstream-remote.ts'

export interface UpstreamGitOptions {
  readonly launcher: Pick<Launcher, 'run' | 'start' | 'ready'>
  /** Of this data directory: secrets are put below it while git needs them. Made if it is not there. */
  readonly directory: string
  /** How long a connection may take, with its handshake. */
  readonly connectMs: number
  /** How long an upstream may be silent. */
  readonly idleMs: number
  /** How long one listing or fetch may take. */
  readonly refreshMs: number
  readonly memoryBytes: number
}

export interface UpstreamRefs {
  /** What its HEAD points at, if it is symbolic and the upstream tells. */
  readonly head: RefName | null
  /** Of refs/heads/ and refs/tags/, not peeled. Names that no repository here could hold are left out. */
  readonly refs: ReadonlyMap<RefName, Oid>
}

/** `null` stands for a ref that is not there: a creation, a deletion. */
export interface ForwardedUpdate {
  readonly ref: RefName
  readonly oldOid: Oid | null
  readonly newOid: Oid | null
}

export interface ForwardOptions {
  readonly pushOptions?: readonly string[]
  /** All or none, even if the upstream cannot do that: then it is none. */
  readonly atomic?: boolean
  /** Ends it: what was under way is `unknown`. */
  readonly signal?: AbortSignal
}

export interface ForwardReport {
  /** One for each update, in their order. */
  readonly refs: readonly RefReport[]
  /** What the upstream told the pusher, line by line, without `remote:`. The credential is masked. */
  readonly remarks: readonly string[]
}

/** @returns once it can be used; dispose to end its connections */
export function openUpstreamGit(_opts: UpstreamGitOptions): Promise<UpstreamGit> {
  return Promise.resolve(new UpstreamGit())
}

export class UpstreamGit implements AsyncDisposable {
  /** @throws AppError `UPSTREAM_UNAVAILABLE`; the reason of `signal` */
  listRefs(_remote: UpstreamRemote, _signal?: AbortSignal): Promise<UpstreamRefs> {
    return Promise.reject(new Error('not yet'))
  }

  /**
   * Brings objects, and all that they need, to where `environment` stores new ones. No ref moves.
   *
   * @throws AppError `UPSTREAM_UNAVAILABLE`, with `details.moved` when the upstream has ceased to show one of
   *   them: list its refs again; the reason of `signal`
   */
  fetch(
    _remote: UpstreamRemote,
    _repo: RepoHandle,
    _environment: Readonly<Record<string, string>>,
    _oids: readonly Oid[],
    _signal?: AbortSignal,
  ): Promise<void> {
    return Promise.reject(new Error('not yet'))
  }

  /**
   * Moves refs there, each only from its old value.
   *
   * @throws AppError `UPSTREAM_UNAVAILABLE`: nothing has moved there
   */
  push(
    _remote: UpstreamRemote,
    _repo: RepoHandle,
    _environment: Readonly<Record<string, string>>,
    _updates: readonly ForwardedUpdate[],
    _opts: ForwardOptions = {},
  ): Promise<ForwardReport> {
    return Promise.reject(new Error('not yet'))
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve()
  }
}
