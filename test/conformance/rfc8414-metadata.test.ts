/** RFC 8414, OAuth 2.0 Authorization Server Metadata, clause by clause; and a client that needs nothing else. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import * as oauth from 'oauth4webapi'
import { restWorld, Stage } from '../support/rest.ts'
import { machine, exchanged, TOKEN_EXCHANGE } from '../support/token-endpoint.ts'
import { getJson, postForm, statusWith } from '../support/token-queries.ts'
import type { World } from '../support/world.ts'

const PATH = '/.well-known/oauth-authorization-server'
/** Of an authorization server that has another name than its address, with a path in it. */
const ISSUER = 'https://issuer.example/tokens/of/sluice'

let w: World
let named: World
beforeAll(async () => {
  w = await restWorld()
  named = await restWorld({ SLUICE_ISSUER: `${ISSUER},https://issuer.example/older` })
})
afterAll(async () => {
  await w[Symbol.asyncDispose]()
  await named[Symbol.asyncDispose]()
})

describe('2, the metadata', () => {
  test('GET /.well-known/oauth-authorization-server says where and how to get a token', async () => {
    const { status, json } = await getJson(w, PATH)
    expect(status).toBe(200)
    expect(json).toMatchObject({
      issuer: w.url,
      token_endpoint: `${w.url}/oauth/token`,
      introspection_endpoint: `${w.url}/oauth/introspect`,
      revocation_endpoint: `${w.url}/oauth/revoke`,
      jwks_uri: `${w.url}/.well-known/jwks.json`,
      service_documentation: `${w.url}/docs`,
      token_endpoint_auth_methods_supported: ['none', 'client_secret_basic', 'client_secret_post'],
      revocation_endpoint_auth_methods_supported: ['none', 'client_secret_basic', 'client_secret_post'],
      introspection_endpoint_auth_methods_supported: ['client_secret_basic', 'Bearer'],
    })
  })

  test('2: response_types_supported is required, and empty: there is no authorization endpoint', async () => {
    const { json } = await getJson(w, PATH)
    expect(json.response_types_supported).toEqual([])
    expect(json).not.toHaveProperty('authorization_endpoint')
  })

  test('2: grant_types_supported are those that the token endpoint knows, and no other', async () => {
    const { json } = await getJson(w, PATH)
    const supported: string[] = json.grant_types_supported
    expect(supported).toEqual(expect.arrayContaining([TOKEN_EXCHANGE, 'client_credentials', 'refresh_token']))
    const errorOf = async (grant_type: string) =>
      (await postForm(w, '/oauth/token', { grant_type, client_id: 'x' })).json.error
    for (const type of supported) expect([type, await errorOf(type)]).not.toEqual([type, UNSUPPORTED])
    for (const type of ['authorization_code', 'password', 'implicit', 'toString', '__proto__']) {
      expect([type, await errorOf(type)]).toEqual([type, UNSUPPORTED])
      expect(supported).not.toContain(type)
    }
  })

  test('2: endpoints that it names are there, and take what it says', async () => {
    const { json } = await getJson(w, PATH)
    for (const name of ['token_endpoint', 'introspection_endpoint', 'revocation_endpoint']) {
      const { status } = await fetch(json[name], { method: 'POST', body: new URLSearchParams() })
      expect([name, status]).toEqual([name, name === 'introspection_endpoint' ? 401 : 400])
    }
    for (const name of ['jwks_uri', 'service_documentation'])
      expect([name, (await fetch(json[name])).status]).toEqual([name, 200])
  })

  test('2: each scope that it names is one that a token may carry', async () => {
    const { json } = await getJson(w, PATH)
    const admin = w.sluice.adminToken ?? ''
    for (const scope of json.scopes_supported) {
      const atApp = /^repo:(pull|push)$/.test(scope) ? { audience: `${w.url}/acme/app` } : {}
      expect(await statusWith(w, await exchanged(w, admin, { scope, ...atApp }))).toBe(200)
    }
  })

  test('RFC 9396 10: authorization_details_types_supported', async () => {
    expect((await getJson(w, PATH)).json.authorization_details_types_supported).toEqual(['git_repository'])
  })

  test('RFC 8628 4: where nobody can log in by device, no endpoint for it is named', async () => {
    const { json } = await getJson(w, PATH)
    expect(json).not.toHaveProperty('device_authorization_endpoint')
    expect(json.grant_types_supported).not.toContain('urn:ietf:params:oauth:grant-type:device_code')
  })

  test('RFC 9728 4: the protected resources that it gives tokens for', async () => {
    expect((await getJson(w, PATH)).json.protected_resources).toEqual([w.url])
  })
})

const UNSUPPORTED = 'unsupported_grant_type'

describe('3, obtaining it', () => {
  test('3: it is asked for without a credential, and may be kept for a while', async () => {
    const { headers } = await getJson(w, PATH)
    expect(headers.get('cache-control')).toBe('public, max-age=300')
  })

  test('3.1: of an issuer with a path, the path stands behind the well-known one', async () => {
    const { status, json } = await getJson(named, `${PATH}/tokens/of/sluice`)
    expect([status, json.issuer]).toEqual([200, ISSUER])
    expect((await getJson(named, PATH)).json).toEqual(json)
    expect((await getJson(named, `${PATH}/older`)).status).toBe(404)
    expect((await getJson(w, `${PATH}/tokens`)).status).toBe(404)
  })

  test('3.2: it is JSON, and members that it has no value for are left out', async () => {
    const { headers, json } = await getJson(w, PATH)
    expect(headers.get('content-type')).toMatch(/^application\/json/)
    for (const value of Object.values(json)) expect(value).not.toBeNull()
  })

  test('3.3: its issuer is the one that tokens carry, and no Host header changes it', async () => {
    const answer = await fetch(named.url + PATH, { headers: { 'x-forwarded-host': 'evil.example' } })
    expect(((await answer.json()) as { issuer: string }).issuer).toBe(ISSUER)
    const token = await exchanged(named, named.sluice.adminToken ?? '', { scope: 'repo:read' })
    expect(JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()).iss).toBe(ISSUER)
  })
})

describe('a client that knows nothing but the name of the issuer', () => {
  const insecure = { [oauth.allowInsecureRequests]: true }
  const discover = async () => {
    const issuer = new URL(w.url)
    const answer = await oauth.discoveryRequest(issuer, { algorithm: 'oauth2', ...insecure })
    return oauth.processDiscoveryResponse(issuer, answer)
  }

  test('gets a token by its secret, uses it, has it looked at, and takes it back', async () => {
    const server = await discover()
    const { account, secret } = await machine(w, { kind: 'service' })
    const client = { client_id: account.id }
    for (const auth of [oauth.ClientSecretBasic(secret), oauth.ClientSecretPost(secret)]) {
      const asked = new URLSearchParams({ scope: 'repo:read' })
      const got = await oauth.clientCredentialsGrantRequest(server, client, auth, asked, insecure)
      const { access_token, scope } = await oauth.processClientCredentialsResponse(server, client, got)
      expect(scope).toBe('repo:read')
      const used = await oauth.protectedResourceRequest(
        access_token,
        'GET',
        new URL(`${w.url}/whoami`),
        undefined,
        undefined,
        insecure,
      )
      expect(used.status).toBe(200)
      expect(await lookedAt(server, client, secret, access_token)).toMatchObject({
        active: true,
        sub: account.id,
        client_id: account.id,
        scope: 'repo:read',
      })
      const revoked = await oauth.revocationRequest(server, client, auth, access_token, insecure)
      await oauth.processRevocationResponse(revoked)
      expect(await lookedAt(server, client, secret, access_token)).toEqual({ active: false })
    }
  })

  async function lookedAt(
    server: oauth.AuthorizationServer,
    client: oauth.Client,
    secret: string,
    token: string,
  ) {
    const auth = oauth.ClientSecretBasic(secret)
    const answer = await oauth.introspectionRequest(server, client, auth, token, insecure)
    return oauth.processIntrospectionResponse(server, client, answer)
  }

  test('exchanges a login for a token on one repository, as a public client', async () => {
    const server = await discover()
    const client = { client_id: 'some-agent' }
    const answer = await oauth.genericTokenEndpointRequest(
      server,
      client,
      oauth.None(),
      TOKEN_EXCHANGE,
      new URLSearchParams({
        subject_token: await w.token(w.owner.accountId, 'owner'),
        subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
        resource: `${w.url}/acme/app`,
        scope: 'repo:pull',
      }),
      insecure,
    )
    const { access_token } = await oauth.processGenericTokenEndpointResponse(server, client, answer)
    expect(await statusWith(w, access_token)).toBe(200)
  })

  test('RFC 9068: a resource server validates our access token with nothing but the metadata', async () => {
    const server = await discover()
    const token = await exchanged(w, await w.token(w.owner.accountId, 'owner'), {
      scope: 'repo:read',
      client_id: 'some-agent',
    })
    const request = new Request(w.url, { headers: { authorization: `Bearer ${token}` } })
    const claims = await oauth.validateJwtAccessToken(server, request, w.url, insecure)
    expect(claims).toMatchObject({ iss: w.url, sub: w.owner.accountId, client_id: 'some-agent' })
  })

  test('is told in its own words what was wrong', async () => {
    const server = await discover()
    const { account } = await machine(w, { kind: 'service' })
    const client = { client_id: account.id }
    const wrong = oauth.ClientSecretBasic('no-such-secret')
    const asked = new URLSearchParams({ scope: 'repo:read' })
    const answer = await oauth.clientCredentialsGrantRequest(server, client, wrong, asked, insecure)
    const failure = await oauth.processClientCredentialsResponse(server, client, answer).catch(String)
    expect(failure).toMatch(/WWW-Authenticate|WWWAuthenticateChallengeError/)
  })
})

test('what the metadata names stands in the OpenAPI document, too', async () => {
  const { json } = await new Stage(w).ask(null, 'GET', '/openapi.json')
  const { json: metadata } = await getJson(w, PATH)
  for (const [name, value] of Object.entries<string>(metadata)) {
    if (name.endsWith('_endpoint')) expect(json.paths).toHaveProperty([value.slice(w.url.length)])
  }
})
