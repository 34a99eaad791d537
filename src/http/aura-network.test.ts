import { afterEach, beforeEach, expect, test } from 'vitest'
import { openAura, type AuraStandIn } from '../../test/support/aura.ts'
import { AuraNetwork } from './aura-network.ts'

const TOKEN = 'the-internal-token'
const SECRET = 'ghp_of_the_organisation'
const MINUTE_MS = 60_000

let aura: AuraStandIn
beforeEach(async () => {
  aura = await openAura()
})
afterEach(() => aura[Symbol.asyncDispose]())

function open() {
  const clock = { time: 1_000_000, now: () => clock.time }
  const network = new AuraNetwork({ url: aura.receiver.url, token: TOKEN, clock })
  return { clock, network, asked: () => aura.receiver.received.length }
}

function github(repo: string, rest: object = {}) {
  const config = { owner: 'acme', repo, token: SECRET, branch: 'main' }
  return { id: repo, integrationType: 'github', enabled: true, config, createdAt: '2026-01-01', ...rest }
}

test('the first GitHub repository that is switched on and has a token is found among all integrations', async () => {
  const { network } = open()
  aura.integrations.set('org', [
    { integrationType: 'slack', enabled: true, config: { channel: '#git' } },
    null,
    github('off', { enabled: false }),
    github('no-token', { config: { owner: 'acme', repo: 'no-token' } }),
    github('first'),
    github('second'),
  ])
  expect(await network.integrationsOf('org')).toEqual({ owner: 'acme', repo: 'first', token: SECRET })
  const { url, headers } = aura.receiver.received[0]!
  expect([url, headers['x-internal-token']]).toEqual(['/internal/orgs/org/integrations', TOKEN])
})

test.each([
  { owner: '../..', repo: 'r' },
  { owner: 'a/b', repo: 'r' },
  { owner: 'a', repo: '..' },
  { owner: 'a', repo: 'r', token: 'two\r\nlines' },
  { owner: '', repo: 'r' },
])('names and tokens that are none are passed over: %j', async (config) => {
  const { network } = open()
  aura.integrations.set('org', [github('r', { config: { token: SECRET, ...config } })])
  expect(await network.integrationsOf('org')).toBeNull()
})

test('an organisation is asked about once a minute, also when it has integrated nothing or is unknown', async () => {
  const { network, clock, asked } = open()
  aura.integrations.set('none', [])
  for (const org of ['none', 'unknown', 'none', 'unknown'])
    expect(await network.integrationsOf(org)).toBeNull()
  expect(asked()).toBe(2)
  clock.time += MINUTE_MS - 1
  aura.integrations.set('none', [github('r')])
  expect(await network.integrationsOf('none')).toBeNull()
  clock.time += 1
  expect(await network.integrationsOf('none')).toMatchObject({ repo: 'r' })
})

test('two at once ask once', async () => {
  const { network, asked } = open()
  aura.integrations.set('org', [github('r')])
  const [one, two] = await Promise.all([network.integrationsOf('org'), network.integrationsOf('org')])
  expect([one, asked()]).toEqual([two, 1])
})

test.each([
  ['an error', { status: 500, body: SECRET }],
  ['a redirect', { status: 302, headers: { location: 'http://127.0.0.1:1/' } }],
  ['no JSON', { status: 200, body: `<p>${SECRET}</p>` }],
  ['no list', { status: 200, body: `{"token":"${SECRET}"}` }],
  ['a cut', 'die mid-body'],
  ['no end', 'endless'],
] as const)('%s is no answer: it is asked again, and nothing of it is told', async (_name, behaviour) => {
  const { network } = open()
  aura.integrations.set('org', behaviour)
  const failure = await network.integrationsOf('org').catch((err: unknown) => err)
  expect(failure).toMatchObject({ code: 'UNAVAILABLE', details: { reason: expect.stringMatching(/AURA/) } })
  for (let err: unknown = failure; err instanceof Error; err = err.cause) {
    expect(`${err.stack} ${JSON.stringify(err)}`).not.toMatch(new RegExp(`${SECRET}|${TOKEN}`))
  }
  aura.integrations.set('org', [github('r')])
  expect(await network.integrationsOf('org')).toMatchObject({ repo: 'r' })
})
