/** Brings objects of an upstream here, by their ids. No ref moves, and no file of git tells of it. */
import { readdir } from 'node:fs/promises'
import type { Oid } from '../../kernel/ids.ts'
import type { Launcher } from '../launcher/launcher.ts'
import { faultOf } from './forward-report.ts'
import { hasPosted, runGit } from './git-run.ts'
import { upstreamUnavailable } from './upstream-fault.ts'
import type { Forwarding } from './upstream-push.ts'
import type { ReadableRemote } from './upstream-remote.ts'

export interface UpstreamFetchParts {
  readonly launcher: Pick<Launcher, 'start' | 'ready'>
  readonly connectMs: number
  readonly memoryBytes: number
  readonly wallMs: number
  /** Largest pack that it may bring. */
  readonly maxPackBytes: number
}

/** @see git-fetch(1), git-config(1): fetch.fsckObjects */
const FETCH = [
  ...['-c', 'protocol.version=2', '-c', 'fetch.fsckObjects=true'],
  ...['fetch', '--no-write-fetch-head', '--no-tags', '--no-auto-maintenance', '--no-recurse-submodules'],
  ...['--no-show-forced-updates', '--no-progress', '--refmap=', '--stdin', '--'],
]

export interface Fetching extends Omit<Forwarding, 'remote'> {
  readonly remote: ReadableRemote
}

/** @throws AppError `UPSTREAM_UNAVAILABLE`; the reason of `signal` */
export async function fetchUpstream(
  { launcher, connectMs, memoryBytes, wallMs, maxPackBytes }: UpstreamFetchParts,
  { remote, access, repo, environment }: Fetching,
  oids: readonly Oid[],
  signal?: AbortSignal,
): Promise<void> {
  const spec = {
    cwd: repo.path,
    args: [...FETCH, access.url],
    env: { ...environment, ...access.env },
    memoryBytes,
    fileBytes: maxPackBytes,
  }
  const input = oids.map((oid) => `${oid}\n`).join('')
  const run = await runGit(launcher, spec, {
    input,
    signal,
    wallMs,
    ...(remote.kind !== 'ssh' ? { connectMs } : {}),
  })
  // over the dumb protocol git takes objects that it does not check; it asks for none that are here already
  if (run.code === 0 && remote.kind !== 'ssh' && !hasPosted(run) && (await hasBrought(environment)))
    throw upstreamUnavailable('notGit', remote)
  if (run.code === 0) return
  signal?.throwIfAborted()
  throw upstreamUnavailable(faultOf(run), remote)
}

/** Is there any file where new objects are stored? */
async function hasBrought({ GIT_OBJECT_DIRECTORY: directory }: Forwarding['environment']): Promise<boolean> {
  if (directory === undefined) return true
  const entries = await readdir(directory, { recursive: true, withFileTypes: true })
  return entries.some((entry) => !entry.isDirectory())
}
