/** What this server publishes about its tokens. */
import type { FastifyPluginCallback } from 'fastify'
import type {} from '../../http/route-config.ts'
import type { SigningKeys } from './keys/signing-keys.ts'

const OPEN = { access: { kind: 'open' } } as const
const CACHE = 'public, max-age=300'

export interface PublishedIdentity {
  readonly keys: Pick<SigningKeys, 'jwks'>
  /** Public URL of this server, without a slash at its end. */
  readonly baseUrl: string
  /** Issuers whose tokens are accepted, ours first. */
  readonly authorizationServers: readonly string[]
}

const JWKS = { summary: 'Public keys of the tokens that this server signs', tags: ['server'] }
const METADATA = { summary: 'What a client needs to know to get a token', tags: ['server'] }

/** @see RFC 7517 (JWK Set), RFC 9728 (protected resource metadata) */
export function publishedRoutes({
  keys,
  baseUrl,
  authorizationServers,
}: PublishedIdentity): FastifyPluginCallback {
  return (app, _opts, done) => {
    app.get('/.well-known/jwks.json', { config: OPEN, schema: JWKS }, async (_request, reply) =>
      reply
        .type('application/jwk-set+json')
        .header('cache-control', CACHE)
        .send(await keys.jwks()),
    )
    app.get('/.well-known/oauth-protected-resource', { config: OPEN, schema: METADATA }, (_request, reply) =>
      reply.header('cache-control', CACHE).send(metadata(baseUrl, authorizationServers)),
    )
    done()
  }
}

function metadata(baseUrl: string, authorizationServers: readonly string[]) {
  return {
    resource: baseUrl,
    resource_name: 'Sluice',
    authorization_servers: authorizationServers,
    jwks_uri: `${baseUrl}/.well-known/jwks.json`,
    bearer_methods_supported: ['header'],
    scopes_supported: [
      'repo:read',
      'repo:write',
      'repo:admin',
      'repo:create',
      'repo:pull',
      'repo:push',
      'admin',
    ],
    authorization_details_types_supported: ['git_repository'],
  }
}
