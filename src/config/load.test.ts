import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import { ConfigError } from './config-error.ts'
import { loadConfig } from './load.ts'
import { parseValues } from './parse-values.ts'

const LONG = 'correct horse battery staple, twice over'

function faultsOf(env: Record<string, string>): Record<string, string> {
  try {
    loadConfig(env)
  } catch (err) {
    if (err instanceof ConfigError) return Object.fromEntries(err.faults.map((f) => [f.name, f.message]))
    throw err
  }
  return {}
}

function fileWith(content: string, mode = 0o600): string {
  const path = join(mkdtempSync(join(tmpdir(), 'sluice-config-')), 'settings')
  writeFileSync(path, content, { mode })
  return path
}

describe('without any setting', () => {
  const config = loadConfig({})

  test('the server listens on loopback and keeps everything in ./data', () => {
    expect(config.listen).toEqual({ host: '127.0.0.1', port: 3000 })
    expect(config.gitStorageRoot).toBe(resolve('data/repositories'))
    expect(config.publicBaseUrl).toBe('http://127.0.0.1:3000')
    expect(config.ownIssuers).toEqual(['http://127.0.0.1:3000'])
    expect(config.push.maxPackBytes).toBe(4 * 1024 ** 3)
    expect(config.git.processes).toBeGreaterThan(0)
  })

  test('nobody else is believed: no proxy, no origin, no issuer, no secret', () => {
    expect([config.trustedProxies, config.corsOrigins, config.jwksIssuers]).toEqual([[], [], []])
    expect(Object.values(config.secrets)).toEqual([null, null, null, null, null, null])
  })

  test('there is nothing to warn of', () => {
    expect(config.warnings).toEqual([])
  })

  test('nothing of it can be changed', () => {
    expect(() => Object.assign(config.listen, { host: '0.0.0.0' })).toThrow(TypeError)
    expect(() => (config.corsOrigins as string[]).push('x')).toThrow(TypeError)
  })
})

test('every default is a value that its own setting accepts', () => {
  expect(parseValues({}).faults).toEqual([])
})

test('variables of the client are not taken for misspelt settings', () => {
  expect(loadConfig({ SLUICE_URL: 'http://x', SLUICE_TOKEN: 't' }).warnings).toEqual([])
  expect(loadConfig({ SLUICE_TOKENS: 't' }).warnings).toHaveLength(1)
})

test('a variable that is set but empty counts as not set', () => {
  expect(loadConfig({ SERVER_PORT: '', AUTH_COOKIE_SECRET: ' ' })).toEqual(loadConfig({}))
})

test('all faults are reported together, each by the name of its variable', () => {
  const env = {
    SERVER_PORT: 'http',
    SLUICE_GIT_QUEUE: '-1',
    AUTH0_DOMAIN: 'x.eu.auth0.com',
    SERVER_HOST: '0.0.0.0',
  }
  const faults = faultsOf(env)
  expect(Object.keys(faults).sort()).toEqual([
    'AUTH0_AUDIENCE',
    'SERVER_HOST',
    'SERVER_PORT',
    'SLUICE_GIT_QUEUE',
  ])
  expect(() => loadConfig(env)).toThrow(
    /SERVER_PORT: expected a whole number, is "http"\n.*SLUICE_GIT_QUEUE/s,
  )
})

describe('refused', () => {
  test.each([
    ['SERVER_PORT', '65536'],
    ['SERVER_HOST', 'http://localhost'],
    ['PUBLIC_BASE_URL', 'ftp://example.org'],
    ['PUBLIC_BASE_URL', 'https://user:pass@example.org'],
    ['PUBLIC_BASE_URL', 'https://example.org/?a'],
    ['CORS_ORIGINS', '*'],
    ['CORS_ORIGINS', 'https://a.example,https://b.example/path'],
    ['SLUICE_TRUST_PROXY', '0.0.0.0/0'],
    ['SLUICE_TRUST_PROXY', '::/0'],
    ['SLUICE_TRUST_PROXY', 'all'],
    ['SLUICE_TRUST_PROXY', ','],
    ['SLUICE_ALLOW_PLAINTEXT', 'maybe'],
    ['SLUICE_ALLOW_PLAINTEXT', 'constructor'],
    ['DATABASE_URL', 'mysql://localhost/sluice'],
    ['REDIS_URL', 'localhost:6379'],
    ['AUTH_COOKIE_SECRET', 'short'],
    ['SLUICE_KEY_SECRET', 'short'],
    ['INTERNAL_SERVICE_TOKEN', 'short'],
    ['SLUICE_ISSUERS', '{'],
    ['SLUICE_ISSUERS', '[{"issuer":"https://a.example"}]'],
    ['SLUICE_ISSUERS', '[{"issuer":"https://a.example","audience":[]}]'],
    ['SLUICE_ISSUERS', '[{"issuer":"http://a.example","audience":"x"}]'],
    ['SLUICE_ISSUERS', '[{"issuer":"https://a.example","audience":"x","jwksUri":"http://a.example/k"}]'],
    ['SLUICE_ISSUERS', '[{"issuer":"https://a.example","audience":"x","algorithms":["none"]}]'],
    ['SLUICE_ISSUERS', '[{"issuer":"https://a.example","audience":"x","algorithm":"RS256"}]'],
    ['SLUICE_SURFACE_ORG', '../etc'],
    ['SLUICE_MAX_PACK_BYTES', '4 gigabytes'],
    ['SLUICE_MAX_PACK_BYTES', '0'],
    ['SLUICE_MAX_PACK_BYTES', '999999999999TiB'],
    ['SLUICE_GIT_MEMORY_BYTES', '1MiB'],
    ['SLUICE_BODY_IDLE_SECONDS', '0'],
    ['SLUICE_LOG_LEVEL', 'loud'],
  ])('%s=%s', (name, text) => {
    expect(Object.keys(faultsOf({ [name]: text }))).toEqual([name])
  })

  test('one half of Auth0', () => {
    expect(faultsOf({ AUTH0_DOMAIN: 'x.eu.auth0.com' })).toHaveProperty('AUTH0_AUDIENCE')
    expect(faultsOf({ AUTH0_AUDIENCE: 'https://api' })).toHaveProperty('AUTH0_DOMAIN')
  })

  test.each([
    [
      {
        SLUICE_ISSUERS:
          '[{"issuer":"https://a.example","audience":"x"},{"issuer":"https://a.example/","audience":"y"}]',
      },
    ],
    [
      {
        SLUICE_ISSUERS: '[{"issuer":"https://a.example","audience":"x"}]',
        PUBLIC_BASE_URL: 'https://a.example',
      },
    ],
    [
      {
        SLUICE_ISSUERS: '[{"issuer":"https://a.example","audience":"x"}]',
        AUTH0_DOMAIN: 'a.example',
        AUTH0_AUDIENCE: 'x',
      },
    ],
  ])('two owners of one issuer name: %j', (env) => {
    expect(faultsOf(env)).toHaveProperty('SLUICE_ISSUERS', 'https://a.example is named twice')
  })
})

describe('beyond loopback', () => {
  test.each(['0.0.0.0', '::', '192.0.2.1', 'git.example.org'])('%s is refused as it stands', (host) => {
    expect(faultsOf({ SERVER_HOST: host })).toHaveProperty('SERVER_HOST')
  })

  test.each(['127.0.0.1', '127.1.2.3', '::1', 'localhost'])('%s is not beyond', (host) => {
    expect(faultsOf({ SERVER_HOST: host })).toEqual({})
  })

  test('a proxy in front will do', () => {
    const env = { SERVER_HOST: '192.0.2.1', SLUICE_TRUST_PROXY: '10.0.0.0/8, 192.0.2.7,fd00::/8' }
    expect(loadConfig(env)).toMatchObject({
      trustedProxies: ['10.0.0.0/8', '192.0.2.7', 'fd00::/8'],
      warnings: [],
    })
  })

  test('plain text has to be asked for, and is warned of', () => {
    const { warnings } = loadConfig({ SERVER_HOST: '192.0.2.1', SLUICE_ALLOW_PLAINTEXT: '1' })
    expect(warnings).toEqual([expect.stringContaining('SLUICE_ALLOW_PLAINTEXT')])
    expect(faultsOf({ SERVER_HOST: '192.0.2.1', SLUICE_ALLOW_PLAINTEXT: '0' })).toHaveProperty('SERVER_HOST')
  })
})

test('an internal token that no header can carry is refused where it is to be sent, and not shown', () => {
  const env = { INTERNAL_SERVICE_TOKEN: 'sixteen\nletters or more' }
  expect(faultsOf({ ...env, AURA_NETWORK_URL: 'https://aura.example' })).toEqual({
    INTERNAL_SERVICE_TOKEN: expect.not.stringContaining('sixteen'),
  })
  expect(faultsOf(env)).toEqual({})
})

test.each([
  [{ SLUICE_RATE_PUSHES_PER_MINUTE: '0' }, 'no rate limit'],
  [{ PUBLIC_BASE_URL: 'http://git.example.org' }, 'PUBLIC_BASE_URL is http'],
  [{ AURA_NETWORK_URL: 'https://aura.example' }, 'needs INTERNAL_SERVICE_TOKEN'],
  [{ AURA_NETWORK_URL: 'http://aura.example', INTERNAL_SERVICE_TOKEN: 'x'.repeat(16) }, 'in plain text'],
  [{ SLUICE_MAX_PACK_BYTE: '1' }, 'SLUICE_MAX_PACK_BYTE is no setting'],
  [{ SERVER_HOST: '0.0.0.0', SLUICE_TRUST_PROXY: '10.0.0.1' }, 'PUBLIC_BASE_URL is not set'],
])('%j is warned of', (env, warning) => {
  expect(loadConfig(env).warnings).toEqual([expect.stringContaining(warning)])
})

describe('what follows from settings', () => {
  test.each([
    ['1024', 1024],
    ['1KiB', 1024],
    ['2 gib', 2 * 1024 ** 3],
  ])('a size of %s is %d bytes', (text, bytes) => {
    expect(loadConfig({ SLUICE_MAX_PACK_BYTES: text }).push.maxPackBytes).toBe(bytes)
  })

  test('the own issuer is the public address, without its slash, unless named', () => {
    expect(loadConfig({ PUBLIC_BASE_URL: 'https://git.example.org/' }).ownIssuers).toEqual([
      'https://git.example.org',
    ])
    expect(loadConfig({ SLUICE_ISSUER: 'https://a.example, https://b.example' }).ownIssuers).toEqual([
      'https://a.example',
      'https://b.example',
    ])
  })

  test('a port that the system chooses leaves address and issuer open', () => {
    expect(loadConfig({ SERVER_PORT: '0' })).toMatchObject({ publicBaseUrl: null, ownIssuers: [] })
  })

  test('IPv6 addresses stand in brackets in URLs', () => {
    expect(loadConfig({ SERVER_HOST: '::1' }).publicBaseUrl).toBe('http://[::1]:3000')
  })

  test('Auth0 is an issuer like any other', () => {
    const { jwksIssuers } = loadConfig({
      AUTH0_DOMAIN: 'x.eu.auth0.com',
      AUTH0_AUDIENCE: 'https://api',
      SLUICE_ISSUERS: '[{"issuer":"http://127.0.0.1:9000","audience":["a","b"],"algorithms":["ES256"]}]',
    })
    expect(jwksIssuers).toEqual([
      {
        issuer: 'https://x.eu.auth0.com/',
        audiences: ['https://api'],
        jwksUri: 'https://x.eu.auth0.com/.well-known/jwks.json',
        algorithms: ['RS256'],
        use: 'login',
      },
      {
        issuer: 'http://127.0.0.1:9000',
        audiences: ['a', 'b'],
        jwksUri: 'http://127.0.0.1:9000/.well-known/jwks.json',
        algorithms: ['ES256'],
        use: 'login',
      },
    ])
  })

  test('a login by device needs an issuer and a client, and asks for an id token', () => {
    const login = { SLUICE_LOGIN_ISSUER: 'https://id.example', SLUICE_LOGIN_CLIENT_ID: 'sluice' }
    expect(loadConfig({}).login).toBeNull()
    expect(loadConfig(login).login).toEqual({
      issuer: 'https://id.example',
      clientId: 'sluice',
      scope: 'openid profile email',
    })
    expect(faultsOf({ ...login, SLUICE_LOGIN_CLIENT_ID: '' })).toHaveProperty('SLUICE_LOGIN_CLIENT_ID')
    expect(faultsOf({ ...login, SLUICE_LOGIN_ISSUER: '' })).toHaveProperty('SLUICE_LOGIN_ISSUER')
    expect(faultsOf({ ...login, SLUICE_LOGIN_ISSUER: 'http://id.example' })).toHaveProperty(
      'SLUICE_LOGIN_ISSUER',
    )
    expect(faultsOf({ ...login, SLUICE_LOGIN_SCOPE: 'profile' })).toHaveProperty('SLUICE_LOGIN_SCOPE')
  })

  test('nobody logs in at an issuer of workloads', () => {
    const workloads = '[{"issuer":"https://ci.example","audience":"a","use":"workload"}]'
    const login = { SLUICE_LOGIN_ISSUER: 'https://ci.example', SLUICE_LOGIN_CLIENT_ID: 'sluice' }
    expect(loadConfig({ SLUICE_ISSUERS: workloads }).jwksIssuers[0]?.use).toBe('workload')
    expect(faultsOf({ SLUICE_ISSUERS: workloads, ...login })).toHaveProperty('SLUICE_LOGIN_ISSUER')
  })
})

describe('secrets', () => {
  const config = loadConfig({ AUTH_COOKIE_SECRET: LONG, DATABASE_URL: 'postgres://u:hunter2@localhost/s' })

  test('are revealed only on request', () => {
    expect(config.secrets.cookieSecret?.reveal()).toBe(LONG)
    expect(config.secrets.databaseUrl?.reveal()).toContain('hunter2')
  })

  test.each<[string, (value: unknown) => string]>([
    ['inspected', (value) => inspect(value, { depth: null, showHidden: true })],
    ['written as JSON', (value) => JSON.stringify(value)],
    ['made into text', (value) => Object.values((value as typeof config).secrets).join()],
  ])('do not show when the configuration is %s', (_, print) => {
    const text = print(config)
    expect(text).toContain('[secret]')
    expect(text).not.toMatch(/horse|hunter2/)
  })

  test.each([
    'AUTH_COOKIE_SECRET',
    'SLUICE_KEY_SECRET',
    'INTERNAL_SERVICE_TOKEN',
    'DATABASE_URL',
    'REDIS_URL',
  ])('do not show in a fault of %s', (name) => {
    expect(faultsOf({ [name]: 'hunter2' })[name]).not.toContain('hunter2')
  })
})

describe('a file of settings', () => {
  test.each([
    ['lines', 'SERVER_PORT=4000\n# a comment\nCORS_ORIGINS="https://a.example,https://b.example"\n'],
    ['JSON', '{"SERVER_PORT": 4000, "CORS_ORIGINS": ["https://a.example", "https://b.example"]}'],
  ])('may be %s', (_, content) => {
    expect(loadConfig({ SLUICE_CONFIG_FILE: fileWith(content) })).toMatchObject({
      listen: { port: 4000 },
      corsOrigins: ['https://a.example', 'https://b.example'],
    })
  })

  test('may hold issuers as they are', () => {
    const issuers = [{ issuer: 'https://a.example', audience: 'x' }]
    const path = fileWith(JSON.stringify({ SLUICE_ISSUERS: issuers, SLUICE_SURFACE_PROVISION: false }))
    const config = loadConfig({ SLUICE_CONFIG_FILE: path })
    expect(config.jwksIssuers[0]?.issuer).toBe('https://a.example')
    expect(config.surface.provision).toBe(false)
  })

  test('stands below the environment, but not below an empty variable', () => {
    const path = fileWith('SERVER_PORT=4000\nSLUICE_LOG_LEVEL=debug')
    const config = loadConfig({ SLUICE_CONFIG_FILE: path, SERVER_PORT: '5000', SLUICE_LOG_LEVEL: '' })
    expect([config.listen.port, config.logLevel]).toEqual([5000, 'debug'])
  })

  test('that is missing, broken or misspelt keeps the server from starting', () => {
    expect(faultsOf({ SLUICE_CONFIG_FILE: '/no/such/file' })).toHaveProperty('SLUICE_CONFIG_FILE')
    expect(faultsOf({ SLUICE_CONFIG_FILE: fileWith('{"SERVER_PORT": ') })).toHaveProperty(
      'SLUICE_CONFIG_FILE',
    )
    expect(faultsOf({ SLUICE_CONFIG_FILE: fileWith('SERVER_PROT=1') })).toHaveProperty('SERVER_PROT')
    expect(faultsOf({ SLUICE_CONFIG_FILE: fileWith('SLUICE_CONFIG_FILE=x') })).toHaveProperty(
      'SLUICE_CONFIG_FILE',
    )
  })

  test('with a secret that others can read is warned of', () => {
    const content = `AUTH_COOKIE_SECRET=${LONG}`
    expect(loadConfig({ SLUICE_CONFIG_FILE: fileWith(content, 0o644) }).warnings).toHaveLength(1)
    expect(loadConfig({ SLUICE_CONFIG_FILE: fileWith(content, 0o600) }).warnings).toEqual([])
  })
})
