/** How git reaches a server over smart HTTP: by a file of settings that holds the credential. */
import { isIP } from 'node:net'
import { writeGitConfig, type GitSetting } from './git-config-text.ts'
import type { PrivateFiles } from './private-files.ts'
import type { OpenRemote } from './upstream-remote.ts'

/** An http(s) server of somebody else. */
export interface Remote {
  /** http(s), without user, password, query and fragment. */
  readonly url: URL
  /** What the host of `url` was resolved to: no other address is connected to. */
  readonly address: string
  readonly username: string
  readonly password: string
  /** PEM; the only authority that is trusted. Those of the system without it. */
  readonly ca?: string | null
}

/** What git is given to reach a remote; dispose when it has ended. */
export interface RemoteAccess extends AsyncDisposable {
  /** As the command line names it. */
  readonly url: string
  readonly env: Readonly<Record<string, string>>
}

/** @param silenceMs how long the server may say nothing once it is connected */
export async function httpsAccess(
  files: PrivateFiles,
  remote: Remote | OpenRemote,
  silenceMs: number,
): Promise<RemoteAccess> {
  const { url } = remote
  const { ca = null } = hasCredential(remote) ? remote : {}
  const written = await files.write((pathOf) => ({
    ...(ca === null ? {} : { 'ca.pem': ca }),
    config: writeGitConfig([
      ...(hasCredential(remote) ? [credentialFor(remote)] : []),
      ...settingsOf(remote, silenceMs),
      ...(ca === null ? [] : authorityAlone(pathOf('ca.pem'), pathOf('no-others'))),
    ]),
  }))
  return {
    url: url.href,
    env: { GIT_ALLOW_PROTOCOL: url.protocol.slice(0, -1), GIT_CONFIG_GLOBAL: written.pathOf('config') },
    [Symbol.asyncDispose]: () => written[Symbol.asyncDispose](),
  }
}

/** @see RFC 7617 */
export function basicCredential({ username, password }: Pick<Remote, 'username' | 'password'>): string {
  return Buffer.from(`${username}:${password}`).toString('base64')
}

function hasCredential(remote: Remote | OpenRemote): remote is Remote {
  return 'password' in remote
}

/** Sent at once, to this URL alone. @see git-config(1), http.extraHeader */
function credentialFor(remote: Remote): GitSetting {
  return [`http.${remote.url.href}.extraHeader`, `Authorization: Basic ${basicCredential(remote)}`]
}

/** Nobody is asked for another credential. @see git-config(1), http.* */
function settingsOf(remote: Remote | OpenRemote, silenceMs: number): readonly GitSetting[] {
  return [
    ['http.followRedirects', 'false'],
    ['http.sslVerify', 'true'],
    ['http.proxy', ''],
    ['http.lowSpeedLimit', '1'],
    ['http.lowSpeedTime', String(Math.ceil(silenceMs / 1000))],
    ['credential.helper', ''],
    ['core.askPass', ''],
    ...pin(remote),
  ]
}

/** @param noOthers a directory of authorities that does not exist: curl would add those of the system */
function authorityAlone(path: string, noOthers: string): readonly GitSetting[] {
  return [
    ['http.sslCAInfo', path],
    ['http.sslCAPath', noOthers],
  ]
}

/** An address in the URL needs none. @see git-config(1), http.curloptResolve; CURLOPT_RESOLVE(3) */
function pin({ url, address }: Pick<Remote, 'url' | 'address'>): readonly GitSetting[] {
  const host = url.hostname
  if (isIP(host.replace(/^\[|\]$/g, '')) !== 0) return []
  const port = url.port || (url.protocol === 'https:' ? '443' : '80')
  const target = isIP(address) === 6 ? `[${address}]` : address
  return [['http.curloptResolve', `${host}:${port}:${target}`]]
}
