/** What this server publishes about its tokens, for anybody. */
import type { FastifyPluginCallback, FastifyReply } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { ZodApp } from '../../http/zod-app.ts'
import type { SigningKeys } from './keys/signing-keys.ts'
import { authorizationServer, AuthorizationServer, type AuthorizationServerParts } from './metadata.ts'
import { ProtectedResource, protectedResource, type ProtectedResourceParts } from './protected-resource.ts'
import { revocationsListRoute, type RevocationsListParts } from './revocations-list.ts'

export interface PublishedParts extends AuthorizationServerParts, ProtectedResourceParts {
  readonly keys: Pick<SigningKeys, 'jwks'>
  readonly revocations: RevocationsListParts
}

const OPEN = { access: { kind: 'open' } } as const
const CACHE = 'public, max-age=300'

export function publishedRoutes(parts: PublishedParts): FastifyPluginCallback {
  return (bare, _opts, done) => {
    const app = bare.withTypeProvider<ZodTypeProvider>()
    keysRoute(app, parts.keys)
    documentRoutes(app, 'oauth-authorization-server', parts.issuer, authorizationServer(parts), {
      summary: 'Say where and how a client gets a token here, has it looked at and takes it back',
      response: { 200: AuthorizationServer },
    })
    documentRoutes(app, 'oauth-protected-resource', parts.baseUrl, protectedResource(parts), {
      summary: 'Say whose tokens are accepted here, and which scopes there are',
      response: { 200: ProtectedResource },
    })
    revocationsListRoute(app, parts.revocations)
    done()
  }
}

const JwkSet = z.object({ keys: z.array(z.looseObject({ kty: z.string() })) }).meta({
  id: 'JwkSet',
  example: {
    keys: [{ kty: 'EC', crv: 'P-256', x: 'WbbX…', y: 'tDFn…', kid: 'cn-I…', alg: 'ES256', use: 'sig' }],
  },
})

/** @see RFC 7517, section 5 */
function keysRoute(app: ZodApp, keys: PublishedParts['keys']): void {
  const schema = {
    summary: 'List the public keys of the tokens that this server signs',
    tags: ['tokens'],
    response: { 200: { content: { 'application/jwk-set+json': { schema: JwkSet } } } },
  }
  app.get('/.well-known/jwks.json', { config: OPEN, schema }, async (_request, reply) => {
    const jwks = await keys.jwks()
    return reply
      .type('application/jwk-set+json')
      .header('cache-control', CACHE)
      .send(jwks as z.output<typeof JwkSet>)
  })
}

/**
 * At the root, for whoever is behind a proxy that takes our path away; and where the path of the URL
 * that names us puts it.
 *
 * @see RFC 8414 section 3.1, RFC 9728 section 3.1
 */
function documentRoutes(
  app: ZodApp,
  name: string,
  identifier: string,
  document: object,
  schema: { readonly summary: string; readonly response: Record<200, z.ZodType> },
): void {
  const send = (_request: unknown, reply: FastifyReply) => reply.header('cache-control', CACHE).send(document)
  const root = `/.well-known/${name}`
  const path = new URL(identifier).pathname.replace(/\/+$/, '')
  app.get(root, { config: OPEN, schema: { ...schema, tags: ['tokens'] } }, send)
  if (path !== '') app.get(root + path, { config: OPEN, schema: { hide: true } }, send)
}
