/** Whether a client wants a diff as git prints it. @see RFC 9110 section 12.5.1 */

import type { FastifyReply } from 'fastify'

const PATCH_TYPES = ['text/x-diff', 'text/x-patch'] as const
export type PatchType = (typeof PATCH_TYPES)[number]

/**
 * @param accept value of the header
 * @returns the type to answer with; `null`: JSON, unless a patch is named and preferred to it
 */
export function patchTypeOf(accept: string | undefined): PatchType | null {
  const wanted = (accept ?? '').split(',').map(parseRange)
  const patch = best(wanted.filter(({ type }) => PATCH_TYPES.some((known) => known === type)))
  const json = best(wanted.filter(({ type }) => type === 'application/json'))
  if (patch === undefined || patch.quality === 0 || (json?.quality ?? 0) > patch.quality) return null
  return patch.type as PatchType
}

interface Range {
  readonly type: string
  /** 0 to 1. */
  readonly quality: number
}

function parseRange(text: string): Range {
  const [type = '', ...parameters] = text.split(';').map((part) => part.trim().toLowerCase())
  const quality = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2)
  return { type, quality: quality === undefined ? 1 : Number(quality) || 0 }
}

/** Of equals the first. */
function best(ranges: readonly Range[]): Range | undefined {
  return [...ranges].sort((a, b) => b.quality - a.quality)[0]
}

/** For answers that differ by `Accept`; what else they differ by stands there already. */
export function varyByAccept(reply: FastifyReply): void {
  const others = reply.getHeader('vary')
  reply.header('vary', others === undefined ? 'Accept' : `${String(others)}, Accept`)
}
