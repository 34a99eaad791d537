/** What this server is as an authorization server: where a client gets tokens, and how. @see RFC 8414, section 2 */
import { z } from 'zod'

export interface AuthorizationServerParts {
  /** `iss` of the tokens that this server signs. */
  readonly issuer: string
  /** Public URL of this server, without a slash at its end. */
  readonly baseUrl: string
  /** Those that the token endpoint has a handler for. */
  readonly grantTypes: readonly string[]
}

/** @see RFC 8628, section 3.4 */
const DEVICE_CODE = 'urn:ietf:params:oauth:grant-type:device_code'

export const SCOPES = [
  'repo:read',
  'repo:write',
  'repo:admin',
  'repo:create',
  'repo:pull',
  'repo:push',
  'admin',
]
/** @see RFC 9396, section 10 */
export const DETAIL_TYPES = ['git_repository']
/** A public client has no secret. @see RFC 6749, section 2.3.1 */
const CLIENT_METHODS = ['none', 'client_secret_basic', 'client_secret_post']
/** Any credential of the server, as on every other route. */
const INTROSPECTION_METHODS = ['client_secret_basic', 'Bearer']

const Names = z.array(z.string())

/** For the OpenAPI document. */
export const AuthorizationServer = z
  .looseObject({
    issuer: z.string(),
    token_endpoint: z.string(),
    introspection_endpoint: z.string(),
    revocation_endpoint: z.string(),
    device_authorization_endpoint: z.string().optional(),
    jwks_uri: z.string(),
    grant_types_supported: Names,
    response_types_supported: Names,
    scopes_supported: Names,
    authorization_details_types_supported: Names,
    token_endpoint_auth_methods_supported: Names,
    introspection_endpoint_auth_methods_supported: Names,
    revocation_endpoint_auth_methods_supported: Names,
    service_documentation: z.string(),
    protected_resources: Names,
  })
  .meta({
    id: 'AuthorizationServer',
    example: authorizationServer({
      issuer: 'https://git.example.com',
      baseUrl: 'https://git.example.com',
      grantTypes: ['urn:ietf:params:oauth:grant-type:token-exchange', 'client_credentials'],
    }),
  })

export function authorizationServer({ issuer, baseUrl, grantTypes }: AuthorizationServerParts) {
  return {
    issuer,
    token_endpoint: `${baseUrl}/oauth/token`,
    introspection_endpoint: `${baseUrl}/oauth/introspect`,
    revocation_endpoint: `${baseUrl}/oauth/revoke`,
    ...(grantTypes.includes(DEVICE_CODE) && {
      device_authorization_endpoint: `${baseUrl}/oauth/device_authorization`,
    }),
    jwks_uri: `${baseUrl}/.well-known/jwks.json`,
    grant_types_supported: [...grantTypes],
    response_types_supported: [], // required, though nobody is sent to a browser
    scopes_supported: SCOPES,
    authorization_details_types_supported: DETAIL_TYPES,
    token_endpoint_auth_methods_supported: CLIENT_METHODS,
    introspection_endpoint_auth_methods_supported: INTROSPECTION_METHODS,
    revocation_endpoint_auth_methods_supported: CLIENT_METHODS,
    service_documentation: `${baseUrl}/docs`,
    protected_resources: [baseUrl],
  }
}
