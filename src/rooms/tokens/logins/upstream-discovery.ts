/** Where the login provider's endpoints are, by its own word. @see OpenID Connect Discovery 1.0, RFC 8628 section 4 */
import { z } from 'zod'
import { boundedFetch, ISSUER_FETCH_LIMITS, parseTrustedUri } from '../../../http/bounded-fetch.ts'
import type { Clock } from '../../../kernel/ports.ts'

/** How long the provider is not asked again. */
const KEPT_MS = 10 * 60_000

const Document = z.object({
  issuer: z.string(),
  token_endpoint: z.string(),
  device_authorization_endpoint: z.string(),
  jwks_uri: z.string(),
  token_endpoint_auth_methods_supported: z.array(z.string()).optional(),
})

export interface Provider {
  readonly tokenEndpoint: URL
  readonly deviceAuthorizationEndpoint: URL
  readonly jwksUri: URL
  /** `null`: it does not say; Basic is the rule then. */
  readonly clientAuthentication: readonly string[] | null
}

/** @throws Error whatever went wrong; its text holds nothing that the provider sent */
export type Discover = () => Promise<Provider>

/** @param issuer exactly as its tokens name it */
export function discovery(issuer: string, clock: Clock): Discover {
  let known: { readonly provider: Promise<Provider>; readonly at: number } | null = null
  return () => {
    if (known && clock.now() - known.at < KEPT_MS) return known.provider
    const asked = { provider: discover(issuer), at: clock.now() }
    known = asked
    // A failure is not kept: the next login asks again.
    asked.provider.catch(() => {
      if (known === asked) known = null
    })
    return asked.provider
  }
}

async function discover(issuer: string): Promise<Provider> {
  const uri = parseTrustedUri(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`)
  const { status, text } = await boundedFetch(
    uri,
    { headers: { accept: 'application/json' } },
    ISSUER_FETCH_LIMITS,
  )
  if (status !== 200) throw new Error(`configuration of ${uri.host}: HTTP ${status}`)
  const document = parse(text, uri)
  if (document.issuer !== issuer) throw new Error(`configuration of ${uri.host} is of another issuer`)
  return {
    tokenEndpoint: parseTrustedUri(document.token_endpoint),
    deviceAuthorizationEndpoint: parseTrustedUri(document.device_authorization_endpoint),
    jwksUri: parseTrustedUri(document.jwks_uri),
    clientAuthentication: document.token_endpoint_auth_methods_supported ?? null,
  }
}

function parse(text: string, uri: URL): z.output<typeof Document> {
  try {
    return Document.parse(JSON.parse(text))
  } catch {
    throw new Error(`configuration of ${uri.host} cannot be used: it offers no login by device`)
  }
}
