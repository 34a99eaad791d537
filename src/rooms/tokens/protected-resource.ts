/** What this server is as a protected resource: whose tokens it takes, and for what. @see RFC 9728, section 2 */
import { z } from 'zod'
import { DETAIL_TYPES, SCOPES } from './metadata.ts'

export interface ProtectedResourceParts {
  /** Public URL of this server, without a slash at its end. */
  readonly baseUrl: string
  /** Issuers whose tokens are accepted, ours first. */
  readonly authorizationServers: readonly string[]
}

const Names = z.array(z.string())
/** For the OpenAPI document. */
export const ProtectedResource = z
  .looseObject({
    resource: z.string(),
    resource_name: z.string(),
    authorization_servers: Names,
    jwks_uri: z.string(),
    bearer_methods_supported: Names,
    scopes_supported: Names,
    authorization_details_types_supported: Names,
    resource_documentation: z.string(),
  })
  .meta({
    id: 'ProtectedResource',
    example: protectedResource({
      baseUrl: 'https://git.example.com',
      authorizationServers: ['https://git.example.com', 'https://login.example.com/'],
    }),
  })

export function protectedResource({ baseUrl, authorizationServers }: ProtectedResourceParts) {
  return {
    resource: baseUrl,
    resource_name: 'Sluice',
    authorization_servers: [...authorizationServers],
    jwks_uri: `${baseUrl}/.well-known/jwks.json`,
    bearer_methods_supported: ['header'],
    scopes_supported: SCOPES,
    authorization_details_types_supported: DETAIL_TYPES,
    resource_documentation: `${baseUrl}/docs`,
  }
}
