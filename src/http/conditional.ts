/** Conditional requests. @see RFC 9110 sections 8.8.3 and 13.1 */
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Oid } from '../kernel/ids.ts'

const ONE_YEAR_SECONDS = 31_536_000

/** For what is addressed by an object id: it never changes. */
export function strongEtag(oid: Oid): string {
  return `"${oid}"`
}

/** For what is addressed by a ref or a row: same meaning, not the same bytes. */
export function weakEtag(version: string | number): string {
  return `W/"${version}"`
}

/**
 * For what a revision names: strong when that was the whole id, weak when it was a name.
 *
 * @param named as the client gave it
 * @param variant tells representations of one address apart
 */
export function revisionEtag(named: string, oid: Oid, variant = ''): string {
  const version = variant === '' ? oid : `${oid}-${variant}`
  return named.toLowerCase() === oid ? `"${version}"` : weakEtag(version)
}

/**
 * Sets the validators of an answer and tells whether the client has it already; then the handler
 * sends 304 and reads nothing.
 */
export function isFresh(request: FastifyRequest, reply: FastifyReply, etag: string): boolean {
  const immutable = !etag.startsWith('W/')
  reply
    .header('etag', etag)
    .header(
      'cache-control',
      immutable ? `private, max-age=${ONE_YEAR_SECONDS}, immutable` : 'private, no-cache',
    )
  const seen = request.headers['if-none-match']
  return seen !== undefined && matchesWeakly(seen, etag)
}

/** The one entity tag of `If-Match`, without its quotes; `null` when the request has none or `*`. */
export function expectedEtag(request: FastifyRequest): string | null {
  const given = request.headers['if-match']?.trim()
  if (given === undefined || given === '*') return null
  return opaque(given)
}

function matchesWeakly(header: string, etag: string): boolean {
  if (header.trim() === '*') return true
  return header.split(',').some((tag) => opaque(tag.trim()) === opaque(etag))
}

function opaque(etag: string): string {
  return etag.replace(/^W\//, '').replace(/^"(.*)"$/, '$1')
}
