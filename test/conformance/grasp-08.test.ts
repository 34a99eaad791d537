/** Part 08: a private service shows nothing to whoever is no member, over HTTP or on its relay. @see GRASP-08 */
import { randomBytes } from 'node:crypto'
import { finalizeEvent } from 'nostr-tools/pure'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { graspWorld, Signer, type GraspWorld } from '../support/grasp.ts'
import type { RelayConnection } from '../support/relay-connection.ts'

const member = new Signer('member')
const colleague = new Signer('colleague')
const stranger = new Signer('stranger')

let w: GraspWorld
let relay: RelayConnection
const identifier = `secret-${randomBytes(4).toString('hex')}`
let url: string
let missing: string
let head: string

beforeAll(async () => {
  w = await graspWorld({ settings: { SLUICE_GRASP_MEMBERS: `${member.npub},${colleague.npub}` } })
  relay = await admitted(member)
  url = w.cloneUrl(member, identifier)
  missing = w.cloneUrl(member, 'there-is-none')
  expect(await relay.publish(w.announcement(member, identifier))).toMatchObject({ accepted: true })
})
afterAll(async () => {
  await relay[Symbol.asyncDispose]()
  await w[Symbol.asyncDispose]()
})

async function authenticate(connection: RelayConnection, by: Signer): Promise<string> {
  const [, challenge] = await connection.take(([type]) => type === 'AUTH')
  const tags = [
    ['relay', w.relayUrl],
    ['challenge', String(challenge)],
  ]
  const event = by.sign({ kind: 22_242, tags, age: 0 })
  connection.send('AUTH', event)
  const [, , accepted, message] = await connection.take(([type, id]) => type === 'OK' && id === event.id)
  return accepted === true ? '' : String(message)
}

async function admitted(by: Signer): Promise<RelayConnection> {
  const connection = await w.connect()
  expect(await authenticate(connection, by)).toBe('')
  return connection
}

interface Said {
  readonly u?: string
  readonly method?: string
  readonly age?: number
}

/** What a client puts behind the word `Nostr`. */
function proof(by: Signer, { u = url, method = 'GET', age = 0 }: Said = {}): string {
  const created_at = Math.floor(Date.now() / 1_000) - age
  const tags = [
    ['u', u],
    ['method', method],
  ]
  const event = finalizeEvent({ kind: 27_235, created_at, tags, content: '' }, by.secret)
  return Buffer.from(JSON.stringify(event)).toString('base64')
}

function forged(): string {
  const event = JSON.parse(Buffer.from(proof(stranger), 'base64').toString()) as object
  return Buffer.from(JSON.stringify({ ...event, pubkey: member.pubkey })).toString('base64')
}

function basic(password: string): string {
  return `Basic ${Buffer.from(`nostr:${password}`).toString('base64')}`
}

function get(at: string, authorization?: string): Promise<Response> {
  return fetch(at, { headers: authorization === undefined ? {} : { authorization } })
}

const advertised = (repository: string) => `${repository}/info/refs?service=git-upload-pack`

describe('over HTTP', () => {
  const callers: [string, () => string | undefined][] = [
    ['nobody in particular', () => undefined],
    ['a stranger', () => `Nostr ${proof(stranger)}`],
    ['a stranger with a password', () => basic(proof(stranger))],
    ['an administrator', () => `Bearer ${w.world.sluice.adminToken ?? ''}`],
    ['somebody with a token that is not valid', () => 'Bearer nothing'],
    ['somebody who says nothing that can be read', () => 'Digest ???'],
    ['a member two minutes late', () => `Nostr ${proof(member, { age: 120 })}`],
    ['a member about another repository', () => `Nostr ${proof(member, { u: w.cloneUrl(member, 'other') })}`],
    ['a member about another method', () => `Nostr ${proof(member, { method: 'POST' })}`],
    ['somebody who names a member as author', () => `Nostr ${forged()}`],
  ]

  test.each(callers)('%s is asked for a proof, whatever there is', async (_, authorization) => {
    const places = [url, missing, `${w.url}/prs/${member.npub}/x.git`, `${w.url}/npub1nobody/x.git`]
    for (const place of places) {
      const answer = await get(advertised(place), authorization())
      expect([place, answer.status, await answer.text()]).toEqual([place, 401, ''])
      expect(answer.headers.get('www-authenticate')).toBe('Nostr method="GET", Basic realm="sluice"')
    }
  })

  test('a page is not shown either, and its browser asks nobody for a password', async () => {
    for (const place of [url, missing]) {
      const answer = await fetch(place, { headers: { accept: 'text/html' } })
      expect([answer.status, await answer.text()]).toEqual([401, ''])
      expect(answer.headers.get('www-authenticate')).toBe('Nostr method="GET"')
    }
  })

  test('an address that is encoded otherwise leads nowhere else', async () => {
    const encoded = url.replace('/npub1', '/%6Epub1')
    expect((await get(advertised(encoded))).status).toBe(401)
    expect((await get(advertised(encoded), `Nostr ${proof(member)}`)).status).toBe(200)
  })

  test('services are refused like the advertisement', async () => {
    for (const service of ['git-upload-pack', 'git-receive-pack']) {
      const answer = await fetch(`${url}/${service}`, {
        method: 'POST',
        headers: { 'content-type': `application/x-${service}-request` },
        body: '0000',
      })
      expect([answer.status, await answer.text()]).toEqual([401, ''])
    }
  })

  test('a member learns what is there, and what is not', async () => {
    expect((await get(advertised(url), `Nostr ${proof(colleague)}`)).status).toBe(200)
    const answer = await get(advertised(missing), `Nostr ${proof(member, { u: missing })}`)
    expect(answer.status).toBe(404)
  })

  test('a page of another origin may ask how', async () => {
    const answer = await fetch(advertised(url), { method: 'OPTIONS' })
    expect(answer.status).toBe(204)
    expect((await get(advertised(url))).headers.get('access-control-allow-origin')).toBe('*')
  })
})

describe('with a stock git', () => {
  test('a member pushes with a proof as password what is declared, and it is served at once', async () => {
    const actor = await w.git('member')
    const password = encodeURIComponent(proof(member))
    await actor.start(url.replace('://', `://nostr:${password}@`))
    head = await actor.commit('readme', 'hello\n')
    const declared = w.declaration(member, identifier, { 'refs/heads/main': head })
    expect(await relay.publish(declared)).toMatchObject({ accepted: true })
    await actor.ok('push', '-q', 'origin', 'main')
    expect(await relay.req({ ids: [declared.id] })).toHaveLength(1)
  })

  test('a member clones with a proof in a header, and one proof does for all requests', async () => {
    const actor = await w.git('colleague')
    const header = `http.extraHeader=Authorization: Nostr ${proof(colleague)}`
    await actor.ok('-c', header, 'clone', '-q', url, 'clone')
    expect(await actor.ok('-C', 'clone', 'rev-parse', 'HEAD')).toBe(head)
  })

  test('a member pushes nothing that no maintainer has signed', async () => {
    const actor = await w.git('colleague')
    await actor.start(url)
    await actor.commit('mine', 'mine\n')
    const header = `http.extraHeader=Authorization: Nostr ${proof(colleague)}`
    const pushed = await actor.git('-c', header, 'push', '-f', 'origin', 'main')
    expect(pushed.code).not.toBe(0)
    expect(pushed.output).toMatch(/remote rejected/)
  })

  test('a stranger can neither clone nor push', async () => {
    const actor = await w.git('stranger')
    const header = `http.extraHeader=Authorization: Nostr ${proof(stranger)}`
    expect((await actor.git('-c', header, 'clone', url, 'clone')).code).not.toBe(0)
    await actor.start(url)
    await actor.commit('mine', 'mine\n')
    expect(
      (await actor.git('-c', header, 'push', 'origin', 'HEAD:refs/nostr/' + 'a'.repeat(64))).code,
    ).not.toBe(0)
  })
})

describe('the REST API', () => {
  const repository = () => `${w.url}/repos/${member.npub}/${identifier}`

  test('shows the repository to its administrators, and to nobody who is not', async () => {
    expect((await get(repository(), `Bearer ${w.world.sluice.adminToken ?? ''}`)).status).toBe(200)
    expect((await get(repository())).status).toBe(404)
    const somebody = await w.world.actor('somebody')
    expect((await get(repository(), `Bearer ${somebody.token ?? ''}`)).status).toBe(404)
  })

  test('takes no proof of a key, of a member or not', async () => {
    for (const at of [repository(), `${w.url}/whoami`, `${w.url}/repos`])
      for (const said of [`Nostr ${proof(member, { u: at })}`, basic(proof(member))])
        expect([at, (await get(at, said)).status]).toEqual([at, 401])
  })
})

describe('on the relay', () => {
  const filter = { kinds: [30_617] }

  async function refusals(connection: RelayConnection): Promise<readonly string[]> {
    const event = stranger.sign({ kind: 1, content: 'hello' })
    connection.send('REQ', 'r', filter)
    connection.send('COUNT', 'c', filter)
    connection.send('NEG-OPEN', 'n', filter, '6100000200')
    const { accepted, message } = await connection.publish(event)
    const said = (type: string, id: string) => connection.take((m) => m[0] === type && m[1] === id)
    const closed = [await said('CLOSED', 'r'), await said('CLOSED', 'c'), await said('NEG-ERR', 'n')]
    return [`${accepted}: ${message}`, ...closed.map(([, , why]) => String(why))]
  }

  test('nobody in particular is asked who he is, before anything else', async () => {
    await using connection = await w.connect()
    for (const why of await refusals(connection)) expect(why).toMatch(/^(false: )?auth-required: /)
  })

  test('a stranger who has said who he is gets nothing', async () => {
    await using connection = await w.connect()
    await authenticate(connection, stranger)
    for (const why of await refusals(connection)) expect(why).toMatch(/^(false: )?restricted: /)
  })

  test('a member is served', async () => {
    await using connection = await admitted(colleague)
    expect((await connection.req(filter)).map(({ pubkey }) => pubkey)).toEqual([member.pubkey])
  })

  test('its document says so', async () => {
    const answer = await fetch(w.url, { headers: { accept: 'application/nostr+json' } })
    const { supported_grasps, limitation } = (await answer.json()) as {
      supported_grasps: string[]
      limitation: object
    }
    expect(supported_grasps).toContain('GRASP-08')
    expect(supported_grasps).not.toContain('GRASP-06')
    expect(limitation).toMatchObject({ auth_required: true })
  })
})
