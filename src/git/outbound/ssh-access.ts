/**
 * How git reaches an upstream over ssh: by a command line that depends on no file of the system or of a user,
 * accepts one host key and offers one key.
 */
import { isIP } from 'node:net'
import type { RemoteAccess } from './https-access.ts'
import type { PrivateFiles } from './private-files.ts'
import type { SshMasters } from './ssh-masters.ts'
import type { SshRemote } from './upstream-remote.ts'

export interface SshAccessParts {
  readonly files: PrivateFiles
  readonly masters: Pick<SshMasters, 'socketFor'>
  readonly connectMs: number
  readonly idleMs: number
}

type SshOption = readonly [name: string, value: string]

/** Unanswered questions after which a connection is dead. */
const MAX_UNANSWERED = 3
/** How long a connection is kept for the next one who needs it. */
const KEEP_SECONDS = 30

export async function sshAccess(parts: SshAccessParts, remote: SshRemote): Promise<RemoteAccess> {
  const written = await parts.files.write(() => ({
    key: remote.privateKey.trimEnd() + '\n', // ssh takes no key without its last line feed
    'known-hosts': `${nameOf(remote)} ${remote.hostKey}\n`,
  }))
  const options: readonly SshOption[] = [
    ...identity(remote, quotedPath(written.pathOf('known-hosts')), quotedPath(written.pathOf('key'))),
    ...NOTHING_ELSE,
    ...patience(parts),
    ['ControlMaster', 'auto'],
    ['ControlPath', quotedPath(parts.masters.socketFor(remote))],
    ['ControlPersist', String(KEEP_SECONDS)],
  ]
  return {
    url: `${remote.user}@${isIP(bare(remote.host)) === 6 ? `[${bare(remote.host)}]` : remote.host}:${remote.path}`,
    env: { GIT_ALLOW_PROTOCOL: 'ssh', GIT_SSH_VARIANT: 'ssh', GIT_SSH_COMMAND: commandOf(options) },
    [Symbol.asyncDispose]: () => written[Symbol.asyncDispose](),
  }
}

/** Who we are, and who it must be. @see ssh_config(5) */
function identity(remote: SshRemote, knownHosts: string, key: string): readonly SshOption[] {
  return [
    ['HostName', bare(remote.address)],
    ['Port', String(remote.port)],
    ['HostKeyAlias', nameOf(remote)],
    ['StrictHostKeyChecking', 'yes'],
    ['UserKnownHostsFile', knownHosts],
    ['GlobalKnownHostsFile', '/dev/null'],
    ['HostKeyAlgorithms', signaturesOf(remote.hostKey)],
    ['IdentityFile', key],
    ['IdentitiesOnly', 'yes'],
    ['IdentityAgent', 'none'],
  ]
}

const NOTHING_ELSE: readonly SshOption[] = [
  ['BatchMode', 'yes'],
  ['PreferredAuthentications', 'publickey'],
  ['PasswordAuthentication', 'no'],
  ['KbdInteractiveAuthentication', 'no'],
  ['CheckHostIP', 'no'],
  ['UpdateHostKeys', 'no'],
  ['ClearAllForwardings', 'yes'],
  ['ForwardAgent', 'no'],
]

function patience({ connectMs, idleMs }: SshAccessParts): readonly SshOption[] {
  return [
    ['ConnectTimeout', seconds(connectMs)],
    ['ServerAliveInterval', seconds(idleMs / MAX_UNANSWERED)],
    ['ServerAliveCountMax', String(MAX_UNANSWERED)],
  ]
}

function commandOf(options: readonly SshOption[]): string {
  const words = ['ssh', '-F', 'none', ...options.flatMap(([name, value]) => ['-o', `${name}=${value}`])]
  return words.map(shellQuoted).join(' ')
}

/** As known_hosts names it. @see sshd(8), SSH_KNOWN_HOSTS FILE FORMAT */
function nameOf({ host, port }: SshRemote): string {
  return port === 22 ? bare(host) : `[${bare(host)}]:${port}`
}

/** An RSA key signs by SHA-2 only. @see RFC 8332 */
function signaturesOf(hostKey: string): string {
  const [algorithm = ''] = hostKey.split(' ')
  return algorithm === 'ssh-rsa' ? 'rsa-sha2-512,rsa-sha2-256' : algorithm
}

function bare(host: string): string {
  return host.replace(/^\[|\]$/g, '')
}

function seconds(ms: number): string {
  return String(Math.max(1, Math.ceil(ms / 1000)))
}

/** ssh splits at spaces and expands `%`. @see ssh_config(5), TOKENS */
function quotedPath(path: string): string {
  return `"${path.replaceAll('%', '%%')}"`
}

/** @see POSIX sh, 2.2.2 Single-Quotes */
function shellQuoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`
}
