/**
 * `GET /.well-known/revocations.json`: ids of tokens that were taken back before their end, for servers
 * that verify our tokens by themselves. A token is refused if its own `jti` or an entry of its
 * `minted_from` is in the list.
 */
import { hash } from 'node:crypto'
import { z } from 'zod'
import { isFresh, weakEtag } from '../../http/conditional.ts'
import { sendJson } from '../../http/own-json.ts'
import { failures, type ZodApp } from '../../http/zod-app.ts'
import type { Clock } from '../../kernel/ports.ts'

/** Times are milliseconds since 1970. */
interface RevokedToken {
  readonly id: string
  readonly revokedAt: number
  readonly expiresAt: number
}

export interface RevocationsListParts {
  readonly revoked: {
    /** Newest first. */
    unexpired(limit: number): Promise<readonly RevokedToken[]>
    /** Grows with every revocation. */
    position(): Promise<number>
  }
  readonly clock: Clock
}

const MAX_LISTED = 10_000
const MAX_AGE_SECONDS = 60

const RevocationsList = z
  .object({
    revocations: z.array(
      z.object({ id: z.string(), revokedAt: z.iso.datetime(), expiresAt: z.iso.datetime() }),
    ),
    truncated: z.boolean().meta({ description: `there are more than these ${MAX_LISTED}, the newest ones` }),
  })
  .meta({
    id: 'Revocations',
    example: {
      revocations: [
        {
          id: '0199c0de-0000-7000-8000-0000000000f1',
          revokedAt: '2026-01-01T00:05:00.000Z',
          expiresAt: '2026-01-01T01:01:00.000Z',
        },
      ],
      truncated: false,
    },
  })

export function revocationsListRoute(app: ZodApp, parts: RevocationsListParts): void {
  const list = new WrittenList(parts)
  app.get(
    '/.well-known/revocations.json',
    {
      config: { access: { kind: 'open' }, rate: 'read' },
      schema: {
        summary: 'List the tokens that were taken back and would still be valid, newest first',
        tags: ['tokens'],
        response: { 200: RevocationsList, 304: z.null(), ...failures(429) },
      },
    },
    async (request, reply) => {
      const { text, etag } = await list.current()
      const known = isFresh(request, reply, etag)
      reply.header('cache-control', `public, max-age=${MAX_AGE_SECONDS}`)
      if (known) return reply.code(304).send(null)
      return sendJson(reply, text)
    },
  )
}

interface Written {
  readonly text: string
  readonly etag: string
  readonly position: number
  readonly writtenAt: number
}

/** Written once for each revocation, not for each request: anybody may ask. */
class WrittenList {
  readonly #parts: RevocationsListParts
  #last: Written | null = null

  constructor(parts: RevocationsListParts) {
    this.#parts = parts
  }

  async current(): Promise<Written> {
    const position = await this.#parts.revoked.position()
    const age = this.#parts.clock.now() - (this.#last?.writtenAt ?? -Infinity)
    if (this.#last?.position === position && age < MAX_AGE_SECONDS * 1000) return this.#last
    return (this.#last = await this.#write(position))
  }

  async #write(position: number): Promise<Written> {
    const writtenAt = this.#parts.clock.now()
    const found = await this.#parts.revoked.unexpired(MAX_LISTED + 1)
    const text = JSON.stringify({
      revocations: found.slice(0, MAX_LISTED).map(revocationJson),
      truncated: found.length > MAX_LISTED,
    } satisfies z.output<typeof RevocationsList>)
    return { text, etag: weakEtag(hash('sha256', text, 'base64url')), position, writtenAt }
  }
}

function revocationJson({ id, revokedAt, expiresAt }: RevokedToken) {
  return { id, revokedAt: new Date(revokedAt).toISOString(), expiresAt: new Date(expiresAt).toISOString() }
}
