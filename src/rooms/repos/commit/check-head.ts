/** What the client believes the branch is at: `expectedHead` in the body, `If-Match` in the head, or both. */
import type { FastifyRequest } from 'fastify'
import { expectedEtag } from '../../../http/conditional.ts'
import { AppError } from '../../../kernel/errors.ts'
import type { Oid } from '../../../kernel/ids.ts'

/** An object id, `null` for "no such branch", `any` for a branch that exists. */
export type ExpectedHead = string | null | 'any'

/** All of them must hold; none: anything goes. @see RFC 9110, section 13.1.1 */
export function expectedHeads(
  request: Pick<FastifyRequest, 'headers'>,
  inBody: string | null | undefined,
): ExpectedHead[] {
  const header = request.headers['if-match']?.trim() === '*' ? 'any' : expectedEtag(request as FastifyRequest)
  return [...(inBody === undefined ? [] : [inBody]), ...(header === null ? [] : [header])]
}

/** @throws AppError `PRECONDITION_FAILED` with `details.actual`, `null` when there is no such branch */
export function checkHead(expected: readonly ExpectedHead[], actual: Oid | null): void {
  const failed = expected.find((head) => (head === 'any' ? actual === null : head !== actual))
  if (failed === undefined) return
  throw new AppError('PRECONDITION_FAILED', { details: { expected: failed, actual } })
}
