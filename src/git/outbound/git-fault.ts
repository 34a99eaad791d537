/** Tells from what git and ssh wrote why they came to nothing. */
import type { UpstreamFault } from './upstream-fault.ts'

/** The first that matches counts. git speaks English here: see the launcher's environment. */
const SAYINGS: readonly (readonly [saying: RegExp, fault: UpstreamFault])[] = [
  [/does not support push options/, 'noPushOptions'],
  [/not our ref|unadvertised object|couldn't find remote ref/, 'moved'],
  [/Host key verification failed|no matching host key type|host key for .* has changed/i, 'hostKey'],
  [/^Load key /m, 'badKey'],
  [/Permission denied \([a-z,-]+\)|Too many authentication failures/, 'keyRefused'],
  [/could not read (?:Username|Password)|Authentication failed|returned error: 401/, 'notAccepted'],
  [
    /returned error: 403|read.only|not allowed to push|permission denied for writing|denied to /i,
    'notAllowed',
  ],
  [
    /returned error: 4(?:04|10)|repository '[^']*' not found|repository not found|not appear to be a git repository/i,
    'notFound',
  ],
  [/returned error: 30\d/, 'redirected'],
  [/returned error: 413/, 'tooLarge'],
  [/returned error: 429/, 'tooMany'],
  [/returned error: 4\d\d/, 'refusesRequest'],
  [/returned error: 5\d\d/, 'failed'],
  [/hash algorithm|object[- ]format/i, 'objectFormat'],
  [/died of signal 25|File too large/, 'tooMuch'], // SIGXFSZ
  [/No space left|Disk quota exceeded/i, 'noSpace'],
  [/out of memory|cannot allocate memory/i, 'noMemory'],
  [/Connection refused|Failed to connect|Couldn't connect/i, 'refusesConnection'],
  [/No route to host|Network is unreachable/i, 'noRoute'],
  [/Could not resolve/i, 'noName'],
  [/timed out|Operation too slow|not responding/i, 'silent'],
  [/recv error|non-properly terminated/i, 'ended'],
  [/certificate|\bssl\b|\btls\b|gnutls/i, 'notTrusted'],
  [
    /not valid: is this a git repository|bad line length|protocol error|\bDAV\b|git-http-push|needed object/i,
    'notGit',
  ],
  [/fsck|index-pack failed|unpack-objects|^error: object [0-9a-f]+: /m, 'damaged'],
  [
    /empty reply|hung up|disconnect|early EOF|connection (?:reset|closed)|RPC failed|recv failure|kex_exchange/i,
    'ended',
  ],
]

/** Lines of the traces that git was asked for, and of the upstream's own words to a pusher. */
const NO_FAULT = /^(?:\d\d:\d\d:\d\d\.\d+ |remote: ).*\n?/gm

/** @param stderr of git, with that of ssh in it */
export function faultOfGit(stderr: string): UpstreamFault {
  const said = stderr.replace(NO_FAULT, '')
  return SAYINGS.find(([saying]) => saying.test(said))?.[1] ?? 'other'
}
