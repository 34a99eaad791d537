/**
 * Pushes to mirrors on somebody else's server over smart HTTP. What is pushed, and whether the address may be
 * reached at all, is decided elsewhere. For upstreams see upstream-git.ts.
 */
import { AppError } from '../../kernel/errors.ts'
import type { Oid, RefName } from '../../kernel/ids.ts'
import type { RepoHandle } from '../../kernel/repository.ts'
import { TookTooLong, type Launcher } from '../launcher/launcher.ts'
import { basicCredential, httpsAccess, type Remote } from './https-access.ts'
import type { PrivateFiles } from './private-files.ts'
import { faultOf, unavailable } from './push-fault.ts'
import { parsePushReport, type RefReport } from './push-report.ts'

export type { Remote } from './https-access.ts'

export interface RemotePushes {
  readonly launcher: Pick<Launcher, 'run'>
  /** Where credentials lie while git needs them. */
  readonly files: PrivateFiles
  readonly memoryBytes: number
  /** For one push, whatever its size. */
  readonly wallMs: number
}

/** `oid` null: the ref is deleted there. Whatever it is at there is overwritten. */
export interface OutboundUpdate {
  readonly ref: RefName
  readonly oid: Oid | null
}

const MAX_REPORT_BYTES = 4 * 1024 * 1024
/** The remote may think, and says that it does every few seconds. @see git-config(1), http.lowSpeedTime */
const SILENCE_MS = 180_000
const ANY_CODE = Array.from({ length: 256 }, (_, code) => code)

/**
 * @returns what the remote said about each update, in their order
 * @throws AppError `UNAVAILABLE`, `UNPROCESSABLE` with a fixed reason: nothing is known of these updates;
 *   the reason of `signal`
 */
export async function pushOut(
  { launcher, files, memoryBytes, wallMs }: RemotePushes,
  repo: RepoHandle,
  remote: Remote,
  updates: readonly OutboundUpdate[],
  signal: AbortSignal,
): Promise<readonly RefReport[]> {
  const refspecs = updates.map(({ ref, oid }) => (oid === null ? `:${ref}` : `+${oid}:${ref}`))
  const args = ['push', '--porcelain', '--no-verify', '--no-follow-tags', '--no-signed', '--no-atomic']
  await using access = await httpsAccess(files, remote, SILENCE_MS)
  const spec = {
    cwd: repo.path,
    args: [...args, '--recurse-submodules=no', '--', access.url, ...refspecs],
    env: access.env,
    memoryBytes,
    wallMs,
  }
  const opts = { okCodes: ANY_CODE, maxOutputBytes: MAX_REPORT_BYTES, signal }
  const { stdout, stderr } = await launcher.run(spec, opts).catch(explain)
  const reports = parsePushReport(stdout.toString(), [remote.password, basicCredential(remote)])
  const told = updates.map(({ ref }) => reports.get(ref))
  if (told.some((report) => report === undefined || report.kind === 'unknown')) throw faultOf(stderr)
  return told as RefReport[]
}

function explain(err: unknown): never {
  const tookTooLong = err instanceof AppError && err.cause instanceof TookTooLong
  if (tookTooLong) throw unavailable('the push took too long')
  throw err
}
