/**
 * Pushes to somebody else's server over smart HTTP: the only git that leaves this machine. What is pushed,
 * and whether the address may be reached at all, is decided elsewhere.
 */
import { isIP } from 'node:net'
import { AppError } from '../../kernel/errors.ts'
import type { Oid, RefName } from '../../kernel/ids.ts'
import type { RepoHandle } from '../../kernel/repository.ts'
import { TookTooLong, type Launcher } from '../launcher/launcher.ts'
import { faultOf, unavailable } from './push-fault.ts'
import { parsePushReport, type RefReport } from './push-report.ts'

export interface RemotePushes {
  readonly launcher: Pick<Launcher, 'run'>
  readonly memoryBytes: number
  /** For one push, whatever its size. */
  readonly wallMs: number
}

export interface Remote {
  /** http(s), without user, password, query and fragment. */
  readonly url: URL
  /** What the host of `url` was resolved to: no other address is connected to. */
  readonly address: string
  readonly username: string
  readonly password: string
}

/** `oid` null: the ref is deleted there. Whatever it is at there is overwritten. */
export interface OutboundUpdate {
  readonly ref: RefName
  readonly oid: Oid | null
}

const MAX_REPORT_BYTES = 4 * 1024 * 1024
/** The remote may think, and says that it does every few seconds. @see git-config(1), http.lowSpeedTime */
const SILENCE_SECONDS = 180
const ANY_CODE = Array.from({ length: 256 }, (_, code) => code)

/**
 * @returns what the remote said about each update, in their order
 * @throws AppError `UNAVAILABLE`, `UNPROCESSABLE` with a fixed reason: nothing is known of these updates;
 *   the reason of `signal`
 */
export async function pushOut(
  { launcher, memoryBytes, wallMs }: RemotePushes,
  repo: RepoHandle,
  remote: Remote,
  updates: readonly OutboundUpdate[],
  signal: AbortSignal,
): Promise<readonly RefReport[]> {
  const refspecs = updates.map(({ ref, oid }) => (oid === null ? `:${ref}` : `+${oid}:${ref}`))
  const args = ['push', '--porcelain', '--no-verify', '--no-follow-tags', '--no-signed', '--no-atomic']
  const spec = {
    cwd: repo.path,
    args: [...args, '--recurse-submodules=no', '--', remote.url.href, ...refspecs],
    env: environmentFor(remote),
    memoryBytes,
    wallMs,
  }
  const opts = { okCodes: ANY_CODE, maxOutputBytes: MAX_REPORT_BYTES, signal }
  const { stdout, stderr } = await launcher.run(spec, opts).catch(explain)
  const reports = parsePushReport(stdout.toString(), [remote.password, encoded(remote)])
  const told = updates.map(({ ref }) => reports.get(ref))
  if (told.some((report) => report === undefined || report.kind === 'unknown')) throw faultOf(stderr)
  return told as RefReport[]
}

function explain(err: unknown): never {
  const tookTooLong = err instanceof AppError && err.cause instanceof TookTooLong
  if (tookTooLong) throw unavailable('the push took too long')
  throw err
}

/**
 * The credential goes by the environment, which only this user can read, and is asked for by nobody else.
 *
 * @see git(1), GIT_ALLOW_PROTOCOL; git-config(1), GIT_CONFIG_COUNT, http.*
 */
function environmentFor(remote: Remote): Record<string, string> {
  const { url } = remote
  const settings: readonly (readonly [key: string, value: string])[] = [
    [`http.${url.href}.extraHeader`, `Authorization: Basic ${encoded(remote)}`],
    ['http.followRedirects', 'false'],
    ['http.sslVerify', 'true'],
    ['http.proxy', ''],
    ['http.lowSpeedLimit', '1'],
    ['http.lowSpeedTime', String(SILENCE_SECONDS)],
    ['credential.helper', ''],
    ['core.askPass', ''],
    ...pin(remote),
  ]
  const numbered = settings.flatMap(([key, value], n) => [
    [`GIT_CONFIG_KEY_${n}`, key],
    [`GIT_CONFIG_VALUE_${n}`, value],
  ])
  return {
    GIT_ALLOW_PROTOCOL: url.protocol.slice(0, -1),
    GIT_CONFIG_COUNT: String(settings.length),
    ...Object.fromEntries(numbered),
  }
}

/** @see RFC 7617 */
function encoded({ username, password }: Remote): string {
  return Buffer.from(`${username}:${password}`).toString('base64')
}

/** An address in the URL needs none. @see git-config(1), http.curloptResolve; CURLOPT_RESOLVE(3) */
function pin({ url, address }: Remote): (readonly [string, string])[] {
  const host = url.hostname
  if (isIP(host.replace(/^\[|\]$/g, '')) !== 0) return []
  const port = url.port || (url.protocol === 'https:' ? '443' : '80')
  const target = isIP(address) === 6 ? `[${address}]` : address
  return [['http.curloptResolve', `${host}:${port}:${target}`]]
}
