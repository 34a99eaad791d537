/** Moves refs of an upstream, each only from the value that it is expected to have; all or none where it can. */
import { AppError } from '../../kernel/errors.ts'
import type { Oid, RefName } from '../../kernel/ids.ts'
import type { RepoHandle } from '../../kernel/repository.ts'
import type { Launcher } from '../launcher/launcher.ts'
import { pushEndOf, type ForwardReport, type PushEnd } from './forward-report.ts'
import { runGit } from './git-run.ts'
import type { RemoteAccess } from './https-access.ts'
import type { RefReport } from './push-report.ts'
import { FAULTS, upstreamUnavailable } from './upstream-fault.ts'
import type { UpstreamRemote } from './upstream-remote.ts'

export interface UpstreamPushParts {
  readonly launcher: Pick<Launcher, 'start' | 'ready'>
  readonly connectMs: number
  readonly memoryBytes: number
  readonly wallMs: number
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

/** A push into one repository of theirs, from one of ours. */
export interface Forwarding {
  readonly remote: UpstreamRemote
  readonly access: RemoteAccess
  readonly repo: RepoHandle
  /** In which git sees the new objects. */
  readonly environment: Readonly<Record<string, string>>
}

/** A command line takes about 2 MiB with its environment. @see execve(2) */
const MAX_ARGUMENT_BYTES = 1024 * 1024
const TOO_MANY = 'too many refs at once for an upstream: push in smaller steps'
const NOT_TRIED = 'not tried: an earlier ref of this push did not get through'

/** @throws AppError `UPSTREAM_UNAVAILABLE`: nothing has moved there */
export async function pushUpstream(
  parts: UpstreamPushParts,
  forwarding: Forwarding,
  updates: readonly ForwardedUpdate[],
  opts: ForwardOptions,
): Promise<ForwardReport> {
  if (argumentBytes(updates) > MAX_ARGUMENT_BYTES) return refusedAll(updates, TOO_MANY)
  const end = await attempt(parts, forwarding, updates, opts)
  switch (end.kind) {
    case 'told':
      return end.report
    case 'nothing':
      throw upstreamUnavailable(end.fault, forwarding.remote)
    case 'not atomic':
      if (opts.atomic) return refusedAll(updates, FAULTS.notAtomic)
      return await pushOneByOne(parts, forwarding, updates, opts)
  }
}

/** Ends at the first of which the upstream does not say what became of it. */
async function pushOneByOne(
  parts: UpstreamPushParts,
  forwarding: Forwarding,
  updates: readonly ForwardedUpdate[],
  opts: ForwardOptions,
): Promise<ForwardReport> {
  const refs: RefReport[] = []
  const remarks: string[] = []
  for (const update of updates) {
    const end = await attempt(parts, forwarding, [update], opts)
    if (end.kind !== 'told') {
      if (refs.length === 0)
        throw upstreamUnavailable(end.kind === 'nothing' ? end.fault : 'other', forwarding.remote)
      break
    }
    refs.push(...end.report.refs)
    remarks.push(...end.report.remarks)
    if (refs.at(-1)?.kind === 'unknown') break
  }
  return { refs: [...refs, ...refusedAll(updates.slice(refs.length), NOT_TRIED).refs], remarks }
}

async function attempt(
  { launcher, connectMs, memoryBytes, wallMs }: UpstreamPushParts,
  { remote, access, repo, environment }: Forwarding,
  updates: readonly ForwardedUpdate[],
  { pushOptions = [], signal }: ForwardOptions,
): Promise<PushEnd> {
  if (signal?.aborted) return { kind: 'nothing', fault: 'silent' }
  const spec = {
    cwd: repo.path,
    args: [...PUSH, ...argumentsOf(updates, pushOptions, access.url)],
    env: { ...environment, ...access.env },
    memoryBytes,
  }
  const opts = { signal, wallMs, ...(remote.kind === 'https' ? { connectMs } : {}) }
  const run = await runGit(launcher, spec, opts).catch(notStarted)
  if (run === null) return { kind: 'nothing', fault: 'notStarted' }
  return pushEndOf(
    run,
    updates.map(({ ref }) => ref),
    remote,
  )
}

function notStarted(err: unknown): null {
  if (err instanceof AppError) return null
  throw err
}

/** Verbose, or it says nothing of a ref that is there already. @see git-push(1) */
const PUSH = ['push', '--porcelain', '--verbose', '--no-verify', '--no-follow-tags', '--no-signed']

function argumentsOf(
  updates: readonly ForwardedUpdate[],
  pushOptions: readonly string[],
  url: string,
): string[] {
  return [
    '--recurse-submodules=no',
    updates.length > 1 ? '--atomic' : '--no-atomic',
    ...updates.map(({ ref, oldOid }) => `--force-with-lease=${ref}:${oldOid ?? ''}`),
    ...pushOptions.map((option) => `--push-option=${option}`),
    '--',
    url,
    ...updates.map(({ ref, newOid }) => `${newOid ?? ''}:${ref}`),
  ]
}

/** Each ref stands in a lease and in a refspec, each with an object id. */
function argumentBytes(updates: readonly ForwardedUpdate[]): number {
  return updates.reduce((bytes, { ref }) => bytes + 2 * Buffer.byteLength(ref) + 160, 0)
}

function refusedAll(updates: readonly ForwardedUpdate[], reason: string): ForwardReport {
  return { refs: updates.map(({ ref }) => ({ ref, kind: 'refused', reason })), remarks: [] }
}
