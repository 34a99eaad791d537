/**
 * Why an upstream could not be asked, and what to do about it, in words of ours: what git, ssh and the upstream
 * say may quote a secret, so it is read and shown to nobody.
 */
import { AppError } from '../../kernel/errors.ts'
import type { ReadableRemote } from './upstream-remote.ts'

export const FAULTS = {
  hostKey:
    'the host key of the upstream is not the pinned one: declare the new one if it was changed on purpose',
  badKey:
    'ssh cannot read the private key: declare it again, in the format of OpenSSH and without passphrase',
  keyRefused: 'the upstream does not accept the key: register its public half there as a deploy key',
  notAccepted: 'the upstream does not accept the credential (401): declare a new one',
  notAllowed: 'the upstream does not let this credential do that (403): give it write access there',
  notFound:
    'the upstream has no such repository, or hides it from this credential: look at the URL and at the rights of the key',
  redirected: 'the upstream redirects, which is not followed: declare the URL at which the repository is now',
  tooLarge: 'the push is larger than the upstream takes (413): push in smaller steps',
  tooMany: 'the upstream has had too many requests (429): wait and try again',
  refusesRequest: 'the upstream refuses the request (4xx): look at the URL and at its log',
  failed: 'the upstream failed (5xx): look at its log, then try again',
  refusesConnection: 'the upstream refuses connections: look whether it runs at that host and port',
  noRoute: 'there is no way to the upstream from here: look at the network and the firewall',
  noName: 'the name of the upstream cannot be resolved: look at its URL',
  silent: 'the upstream does not answer in time: look whether it runs and can be reached from here',
  ended: 'the upstream ended the connection: look at its log, then try again',
  notTrusted:
    'the certificate of the upstream is not trusted: declare the authority that signed it, or have it renewed',
  notGit: 'there is no git server at that URL: look at it, and whether smart HTTP is switched on there',
  objectFormat: 'the upstream keeps another object format: one of both is sha1, the other sha256',
  moved: 'the upstream has moved meanwhile: try again',
  damaged: 'the upstream sent objects that git does not take: run git fsck there',
  tooMuch:
    'the upstream sent a larger pack than this server takes: tell its operator, who may raise SLUICE_MAX_PACK_BYTES',
  saysError:
    'the upstream answered with an error instead of its refs: look at the URL, the rights of the credential and its log',
  noMemory: 'git needed more memory than it may: raise SLUICE_GIT_MEMORY_BYTES',
  noSpace: 'no space left on this server: tell its operator',
  noPushOptions: 'the upstream takes no push options: push without -o',
  tooBig: 'the upstream shows more refs than are listed here: have some removed there',
  notAtomic: 'the upstream cannot move several refs at once: push without --atomic, or one by one',
  notStarted: 'this server could not start git: try again',
  other: 'git could not talk to the upstream: look at its URL and its log',
} as const

export type UpstreamFault = keyof typeof FAULTS

/** @returns AppError `UPSTREAM_UNAVAILABLE`; its details name the fault, which is safe to show */
export function upstreamUnavailable(fault: UpstreamFault, remote: ReadableRemote): AppError {
  const upstream = remote.kind === 'ssh' ? remote.host : remote.url.host
  const details = { reason: FAULTS[fault], upstream, ...(fault === 'moved' ? { moved: true } : {}) }
  return new AppError('UPSTREAM_UNAVAILABLE', { details })
}
