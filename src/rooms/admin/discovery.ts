/** `GET /` and `/api`: what this server is, for whoever knocks. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { ZodApp } from '../../http/zod-app.ts'

const Discovery = z
  .object({
    apiVersion: z.literal('1'),
    baseUrl: z.string(),
    gitUrlPrefix: z.string(),
    auth: z.literal('bearer'),
    issuer: z.string(),
    jwksUri: z.string(),
    features: z.array(z.string()),
  })
  .meta({
    id: 'Discovery',
    example: {
      apiVersion: '1',
      baseUrl: 'https://git.example.com',
      gitUrlPrefix: 'https://git.example.com',
      auth: 'bearer',
      issuer: 'https://git.example.com',
      jwksUri: 'https://git.example.com/.well-known/jwks.json',
      features: ['smart-http', 'protocol-v2'],
    },
  })

/** Media types that have a representation of their own; everything else gets JSON. */
const ROOT_TYPES = ['application/nostr+json', 'text/html'] as const
export type RootType = (typeof ROOT_TYPES)[number]

export interface DiscoveryParts {
  /** Without a slash at its end. */
  readonly publicBaseUrl: string
  /** `iss` of the tokens that this server signs. */
  readonly issuer: string
  readonly features: readonly string[]
  /** The console for browsers, the relay document for nostr clients; each sends the reply itself. */
  readonly representations: Readonly<
    Partial<Record<RootType, (request: FastifyRequest, reply: FastifyReply) => unknown>>
  >
}

export function discoveryRoutes(app: ZodApp, parts: DiscoveryParts): void {
  const { publicBaseUrl, issuer, features, representations } = parts
  const document = {
    apiVersion: '1' as const,
    baseUrl: publicBaseUrl,
    gitUrlPrefix: publicBaseUrl,
    auth: 'bearer' as const,
    issuer,
    jwksUri: `${publicBaseUrl}/.well-known/jwks.json`,
    features: [...features],
  }
  const schema = { summary: 'Describe this server', tags: ['server'], response: { 200: Discovery } }
  const config = { access: { kind: 'open' } } as const
  app.get('/api', { config, schema }, () => document)
  app.get('/', { config, schema }, async (request, reply) => {
    reply.header('vary', 'Accept')
    const type = preferred(request.headers.accept)
    const represent = type && representations[type]
    if (!represent) return document
    await represent(request, reply)
    return reply
  })
}

/** Only a client that names the type gets it: any type at all means JSON here. */
function preferred(accept = ''): RootType | null {
  const named = accept.split(',').map((range) => range.split(';', 1)[0]?.trim().toLowerCase())
  return ROOT_TYPES.find((type) => named.includes(type)) ?? null
}
