/** Finds the one credential in a request's headers. Verifies nothing. */
import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { Credential } from '../kernel/credential.ts'
import { AppError } from '../kernel/errors.ts'

const MAX_SECRET_BYTES = 8 * 1024
/** A scheme and a b64token, in one pass: every request is read by it. @see RFC 9110 section 11.4, RFC 6750 section 2.1 */
const SCHEME_AND_TOKEN = /^([A-Za-z]+) +([A-Za-z0-9\-._~+/]+=*) *$/
const CONTROL = /[\x00-\x1f\x7f]/

/**
 * @returns `null` when the request carries no credential at all
 * @throws AppError `INVALID_CREDENTIAL`: not one of the known forms, or more than one identity
 */
export function readCredential(request: Pick<IncomingMessage, 'headers' | 'rawHeaders'>): Credential | null {
  const { authorization, 'x-internal-token': internal } = request.headers
  if (authorization === undefined && internal === undefined) return null
  if (credentialHeaders(request.rawHeaders) > 1) throw new AppError('INVALID_CREDENTIAL')
  if (typeof internal === 'string') return { kind: 'internal', secret: checked(internal) }
  return parseAuthorization(authorization ?? '')
}

type ReadCredential = (
  request: Pick<IncomingMessage, 'headers' | 'rawHeaders' | 'socket'>,
) => Credential | null

/**
 * Reads as `readCredential` does, but not anew what a kept connection says once more: it gets the same
 * object again, by which a verifier knows it.
 */
export function credentialReader(): ReadCredential {
  const lastSaid = new WeakMap<Socket, { readonly authorization: string; readonly credential: Credential }>()
  return (request) => {
    const said = lastSaid.get(request.socket)
    const { authorization } = request.headers
    if (said && said.authorization === authorization && credentialHeaders(request.rawHeaders) === 1)
      return said.credential
    const credential = readCredential(request)
    if (credential && authorization !== undefined) lastSaid.set(request.socket, { authorization, credential })
    return credential
  }
}

/**
 * Value of an `Authorization` header.
 *
 * @throws AppError `INVALID_CREDENTIAL`
 * @see RFC 6750, RFC 7617, NIP-98
 */
export function parseAuthorization(value: string): Credential {
  const [, scheme = '', token = ''] = SCHEME_AND_TOKEN.exec(value) ?? []
  if (token.length > MAX_SECRET_BYTES) throw new AppError('INVALID_CREDENTIAL')
  switch (scheme.toLowerCase()) {
    case 'bearer':
      return { kind: 'bearer', secret: token }
    case 'basic':
      return { kind: 'bearer', secret: checked(basicSecret(token)) }
    case 'nostr':
      return { kind: 'nostr', secret: token }
    default:
      throw new AppError('INVALID_CREDENTIAL')
  }
}

/** The token of `user:password`: git and its helpers put it in either. */
function basicSecret(encoded: string): string {
  const pair = Buffer.from(encoded, 'base64').toString()
  const colon = pair.indexOf(':')
  if (colon < 0) throw new AppError('INVALID_CREDENTIAL')
  const password = pair.slice(colon + 1)
  return unescaped(password === '' || password === 'x-oauth-basic' ? pair.slice(0, colon) : password)
}

/** OAuth clients encode both halves as in a form, down to the underscore; no token has a percent sign. @see RFC 6749, section 2.3.1 */
function unescaped(secret: string): string {
  if (!secret.includes('%')) return secret
  try {
    return decodeURIComponent(secret)
  } catch {
    throw new AppError('INVALID_CREDENTIAL')
  }
}

function checked(secret: string): string {
  const fits = secret !== '' && secret.length <= MAX_SECRET_BYTES && !CONTROL.test(secret)
  if (!fits) throw new AppError('INVALID_CREDENTIAL')
  return secret
}

/** Node keeps the first of two `Authorization` headers and says nothing, so the raw list is counted. */
function credentialHeaders(rawHeaders: readonly string[]): number {
  let count = 0
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const length = rawHeaders[i]?.length
    if (length !== 13 && length !== 16) continue
    const name = rawHeaders[i]?.toLowerCase()
    if (name === 'authorization' || name === 'x-internal-token') count++
  }
  return count
}
