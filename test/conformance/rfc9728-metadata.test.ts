/** RFC 9728, OAuth 2.0 Protected Resource Metadata, clause by clause. */
import Fastify from 'fastify'
import { serializerCompiler } from 'fastify-type-provider-zod'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import * as oauth from 'oauth4webapi'
import { publishedRoutes } from '../../src/rooms/tokens/published.ts'
import { startIssuer, type Issuer } from '../support/issuer.ts'
import { restWorld } from '../support/rest.ts'
import { getJson, statusWith } from '../support/token-queries.ts'
import type { World } from '../support/world.ts'

const PATH = '/.well-known/oauth-protected-resource'
const BASE = 'https://git.example/under/a/path'
const AUDIENCE = 'https://sluice.example'

let issuer: Issuer
let w: World
beforeAll(async () => {
  issuer = await startIssuer({ audience: AUDIENCE })
  const workloads = { issuer: 'https://ci.example', audience: AUDIENCE, use: 'workload' }
  const people = { issuer: issuer.issuer, audience: AUDIENCE, jwksUri: issuer.jwksUri }
  w = await restWorld({ SLUICE_ISSUERS: JSON.stringify([people, workloads]) })
})
afterAll(async () => {
  await w[Symbol.asyncDispose]()
  await issuer[Symbol.asyncDispose]()
})

describe('2, the metadata', () => {
  test('GET /.well-known/oauth-protected-resource names itself and whose tokens it takes', async () => {
    const { status, json } = await getJson(w, PATH)
    expect([status, json.resource]).toEqual([200, w.url])
    expect(json.authorization_servers).toEqual([w.url, issuer.issuer])
  })

  test('2: the issuers that it names are those whose tokens work here; those of workloads do not', async () => {
    expect(await statusWith(w, await issuer.accessToken())).toBe(200)
    expect((await getJson(w, PATH)).json.authorization_servers).not.toContain('https://ci.example')
  })

  test('2: tokens come in the header only, and in no body or query', async () => {
    expect((await getJson(w, PATH)).json.bearer_methods_supported).toEqual(['header'])
    const token = await w.token(w.owner.accountId, 'owner')
    expect((await fetch(`${w.url}/whoami?access_token=${token}`)).status).toBe(401)
  })

  test('2: jwks_uri, scopes, documentation and types of authorization_details', async () => {
    expect((await getJson(w, PATH)).json).toMatchObject({
      jwks_uri: `${w.url}/.well-known/jwks.json`,
      scopes_supported: expect.arrayContaining(['repo:read', 'repo:write', 'admin']),
      authorization_details_types_supported: ['git_repository'],
      resource_documentation: `${w.url}/docs`,
      resource_name: 'Sluice',
    })
  })
})

/** What a server would publish that is reached under this address. */
function publishedBeneath(baseUrl: string) {
  return publishedRoutes({
    baseUrl,
    issuer: baseUrl,
    authorizationServers: [baseUrl],
    grantTypes: [],
    keys: { jwks: () => Promise.resolve({ keys: [] }) },
    revocations: {
      clock: Date,
      revoked: { position: () => Promise.resolve(0), unexpired: () => Promise.resolve([]) },
    },
  })
}

describe('3, obtaining it', () => {
  test('3.1: of a resource with a path, the path stands behind the well-known one', async () => {
    await using app = Fastify()
    app.setSerializerCompiler(serializerCompiler)
    await app.register(publishedBeneath(BASE))
    const answer = await app.inject(`${PATH}/under/a/path`)
    expect([answer.statusCode, answer.json().resource]).toEqual([200, BASE])
    expect((await app.inject(PATH)).json()).toEqual(answer.json())
    expect((await app.inject(`${PATH}/under`)).statusCode).toBe(404)
    expect((await getJson(w, `${PATH}/under/a/path`)).status).toBe(404)
  })

  test('3.2: it is JSON, without empty members, and may be kept for a while', async () => {
    const { headers, json } = await getJson(w, PATH)
    expect(headers.get('content-type')).toMatch(/^application\/json/)
    expect(headers.get('cache-control')).toBe('public, max-age=300')
    for (const value of Object.values<{ length: number }>(json)) expect(value.length).toBeGreaterThan(0)
  })

  test('3.3: a client finds it by the name of the resource, and from there the authorization server', async () => {
    const resource = new URL(w.url)
    const insecure = { [oauth.allowInsecureRequests]: true }
    const found = await oauth.processResourceDiscoveryResponse(
      resource,
      await oauth.resourceDiscoveryRequest(resource, insecure),
    )
    const server = new URL(found.authorization_servers?.[0] ?? '')
    const answer = await oauth.discoveryRequest(server, { algorithm: 'oauth2', ...insecure })
    expect((await oauth.processDiscoveryResponse(server, answer)).token_endpoint).toBe(`${w.url}/oauth/token`)
  })
})
