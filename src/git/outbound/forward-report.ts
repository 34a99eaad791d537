/**
 * What a push to an upstream came to: what moved, what was refused, and what nobody knows. Nothing is said to
 * have failed that may have landed.
 */
import type { RefName } from '../../kernel/ids.ts'
import { faultOfGit } from './git-fault.ts'
import { hasPosted, type GitRun } from './git-run.ts'
import { basicCredential } from './https-access.ts'
import { parsePushReport, shown, type RefReport } from './push-report.ts'
import type { UpstreamFault } from './upstream-fault.ts'
import type { UpstreamRemote } from './upstream-remote.ts'

export interface ForwardReport {
  /** One for each update, in their order. */
  readonly refs: readonly RefReport[]
  /** What the upstream told the pusher, line by line, without `remote:`. The credential is masked. */
  readonly remarks: readonly string[]
}

export type PushEnd =
  | { readonly kind: 'told'; readonly report: ForwardReport }
  /** The upstream cannot move several refs at once, and has moved none. */
  | { readonly kind: 'not atomic' }
  /** Nothing has been moved, for sure. */
  | { readonly kind: 'nothing'; readonly fault: UpstreamFault }

const MAX_REMARKS = 200
const MASK = '[credential]'

/** @param run of `git push --porcelain --verbose` */
export function pushEndOf(run: GitRun, refs: readonly RefName[], remote: UpstreamRemote): PushEnd {
  const secrets = secretsOf(remote)
  const told = parsePushReport(run.stdout, secrets)
  if (told.size === 0) {
    if (NOT_ATOMIC.test(run.stderr)) return { kind: 'not atomic' }
    if (isNothingMoved(run, remote)) return { kind: 'nothing', fault: faultOf(run) }
  }
  const reports = refs.map((ref): RefReport => told.get(ref) ?? { ref, kind: 'unknown' })
  return { kind: 'told', report: { refs: reports, remarks: remarksIn(run.stderr, secrets) } }
}

export function faultOf({ cut, stderr }: GitRun): UpstreamFault {
  const fault = faultOfGit(stderr)
  return cut !== null && fault === 'other' ? 'silent' : fault
}

/** git says so before it sends anything. */
const NOT_ATOMIC = /^fatal: the receiving end does not support --atomic push$/m
const NOT_SUPPORTED = /^fatal: the receiving end does not support /m
/** … and this before it has seen a ref there. @see git's connect.c, die_initial_contact */
const NO_CONTACT = /^fatal: Could not read from remote repository\.$/m
/** A server that answers so has not taken what was posted. */
const NOT_TAKEN = /returned error: 4\d\d/

function isNothingMoved(run: GitRun, remote: UpstreamRemote): boolean {
  const { stderr } = run
  if (NOT_SUPPORTED.test(stderr)) return true
  if (remote.kind === 'ssh') return NO_CONTACT.test(stderr)
  return !hasPosted(run) || NOT_TAKEN.test(stderr)
}

function remarksIn(stderr: string, secrets: readonly string[]): readonly string[] {
  const masked = secrets.reduce((text, secret) => text.replaceAll(secret, MASK), stderr)
  return masked
    .split('\n')
    .map((line) => line.slice(line.lastIndexOf('\r') + 1)) // what was overwritten on the terminal
    .flatMap((line) => /^remote: ?(.*)$/.exec(line)?.[1] ?? [])
    .map((line) => shown(line.trimEnd()))
    .slice(0, MAX_REMARKS)
}

/** In every form in which it was sent or may be quoted. */
function secretsOf(remote: UpstreamRemote): readonly string[] {
  if (remote.kind === 'ssh') return []
  return [remote.password, encodeURIComponent(remote.password), basicCredential(remote)]
}
