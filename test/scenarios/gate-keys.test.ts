/** gate.md, section 4: deploy keys that come and go at forges, and never stay behind. */
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import type { RepoId } from '../../src/kernel/ids.ts'
import type { StandIn } from '../support/deploy-key-api.ts'
import { gateWorld, type GateWorld } from '../support/gate.ts'
import { openGitea } from '../support/gitea.ts'
import { openGitHub } from '../support/github.ts'

let g: GateWorld
beforeAll(async () => {
  g = await gateWorld({ settings: { SLUICE_GATE_CONNECT_SECONDS: '20', SLUICE_GATE_IDLE_SECONDS: '20' } })
})
afterAll(() => g[Symbol.asyncDispose]())

/** Lets in whoever has a key at this forge, and nobody else. */
const letIn = (keys: readonly { readonly key: string }[]) => g.ssh.authorize(...keys.map(({ key }) => key))

let names = 0

/** A repository here, and one at the forge with one commit on main. */
async function repositories() {
  const name = `keys-${++names}`
  const path = `acme/${name}`
  const url = await g.ssh.create(path)
  await g.ssh.git(path, 'symbolic-ref', 'HEAD', 'refs/heads/main')
  const tree = await g.ssh.git(path, 'hash-object', '-t', 'tree', '-w', '/dev/null')
  const who = ['-c', 'user.name=forge', '-c', 'user.email=forge@example.test']
  const oid = await g.ssh.git(path, ...who, 'commit-tree', '-m', 'first', tree)
  await g.ssh.git(path, 'update-ref', 'refs/heads/main', oid)
  return { ...(await g.world.createRepo(name)), at: `/repos/acme/${name}`, upstream: url, path }
}

type Made = Awaited<ReturnType<typeof repositories>>

interface Forge extends StandIn {
  readonly token: string
}

async function ask(method: string, path: string, body?: unknown) {
  const answer = await g.world.owner.fetch(g.world.url + path, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const text = await answer.text()
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  return { status: answer.status, text, json: (text === '' ? null : JSON.parse(text)) as any }
}

function put(repo: Made, forge: Forge, provider = 'gitea', more: object = {}, query = '') {
  const key = { provider, provisionerToken: forge.token, apiUrl: forge.url, ...more }
  return ask('PUT', `${repo.at}/upstream${query}`, { url: repo.upstream, key, hostKey: g.ssh.hostKey })
}

async function declared(forge: Forge): Promise<Made> {
  const repo = await repositories()
  const answer = await put(repo, forge)
  expect([answer.status, answer.text]).toEqual([201, answer.text])
  return repo
}

async function told(repoId: RepoId, type: string) {
  const events = await g.world.events()
  return events.filter((event) => event.repoId === repoId && event.type === type)
}

const until = (claim: () => Promise<void>) => vi.waitFor(claim, { timeout: 20_000, interval: 50 })

const untilTold = (repoId: RepoId, type: string, times = 1) =>
  until(async () => expect(await told(repoId, type)).toHaveLength(times))

const lsRemote = (repo: Made) => g.world.owner.git('ls-remote', repo.url)

async function rowsOf(repoId: RepoId) {
  await using database = await g.world.openDatabase()
  return await database.kysely.selectFrom('deploy_keys').selectAll().where('repo_id', '=', repoId).execute()
}

/** Lets time go on for the keys of a repository, and for their jobs. */
async function later(repoId: RepoId): Promise<void> {
  await using database = await g.world.openDatabase()
  const { kysely } = database
  await kysely
    .updateTable('deploy_keys')
    .set({ expires_at: 1 })
    .where('repo_id', '=', repoId)
    .where('expires_at', 'is not', null)
    .execute()
  const jobs = kysely.updateTable('jobs').set({ run_at: 1 }).where('type', '=', 'gate_key_revoke')
  await jobs.where('repo_id', '=', repoId).where('status', '=', 'queued').execute()
}

test.each([
  ['gitea', openGitea],
  ['forgejo', openGitea],
  ['github', openGitHub],
])('a gate before %s makes a key that may push, uses it, and removes it when it ends', async (name, open) => {
  await using forge = await open({ onKeys: letIn })
  const repo = await repositories()
  const planned = await put(repo, forge, name, {}, '?dryRun=true')
  expect([planned.status, forge.requests]).toEqual([200, []])

  const set = await put(repo, forge, name)
  expect([set.status, forge.keys.length, forge.keys[0]?.readOnly]).toEqual([201, 1, false])
  expect((await lsRemote(repo)).stdout).toContain('refs/heads/main')

  expect((await ask('DELETE', `${repo.at}/upstream`)).status).toBe(204)
  await untilTold(repo.id, 'upstream.key_removed')
  expect([forge.keys, await rowsOf(repo.id)]).toEqual([[], []])
})

test('the provisioner token goes to the forge in its header, and nowhere else', async () => {
  await using forge = await openGitea({ onKeys: letIn })
  const repo = await declared(forge)
  const elsewhere = forge.requests.map(({ headers: { authorization: _, ...rest }, ...request }) => [
    request,
    rest,
  ])
  const shown = [await ask('GET', `${repo.at}/upstream`), await ask('GET', `${repo.at}/upstream/status`)]
  for (const text of [
    JSON.stringify(elsewhere),
    JSON.stringify(shown),
    JSON.stringify(await g.world.events()),
  ]) {
    expect(text).toContain('sluice')
    expect(text).not.toContain(forge.token)
  }
  expect(JSON.stringify(await rowsOf(repo.id))).not.toContain(forge.token)
})

test('a key that the forge refuses is an error that names the repository and the title, and nothing stays', async () => {
  await using forge = await openGitea()
  const repo = await repositories()
  forge.behave(422)
  const { status, json } = await put(repo, forge)
  expect(status).toBe(422)
  const title = JSON.parse(forge.requests[0]?.body ?? '{}').title as string
  expect(json.error.details).toMatchObject({ repository: repo.path, title, reason: /./ })
  expect(await rowsOf(repo.id)).toEqual([])
  expect((await ask('GET', `${repo.at}/upstream`)).status).toBe(404)
})

test.each([
  ['does not accept the token', 401, 422, 'token'],
  ['redirects', 302, 422, 'redirects'],
  ['has a fault', 500, 503, 'answered 500'],
])('a forge that %s is a clear refusal', async (_what, answered, status, words) => {
  await using forge = await openGitea()
  const repo = await repositories()
  forge.behave(answered, ['POST'])
  const refused = await put(repo, forge)
  expect([refused.status, refused.json.error.details.reason]).toEqual([
    status,
    expect.stringContaining(words),
  ])
  await until(async () => expect(await rowsOf(repo.id)).toEqual([]))
})

test('without a token nothing is made, and a forge that is not there leaves nothing behind', async () => {
  const forge = await openGitea()
  const repo = await repositories()
  const key = { provider: 'gitea', apiUrl: forge.url }
  const body = { url: repo.upstream, key, hostKey: g.ssh.hostKey }
  expect((await ask('PUT', `${repo.at}/upstream`, body)).status).toBe(400)
  expect(forge.requests).toEqual([])

  await forge.goAway()
  const { status, json } = await put(repo, forge)
  expect([status, json.error.details.reason]).toEqual([503, expect.stringContaining('refused')])
  expect(await rowsOf(repo.id)).toEqual([])
})

test('a key of which the forge did not say whether it was made is found among many, and removed', async () => {
  await using forge = await openGitea()
  for (let n = 0; n < 120; n++) forge.addKey(`of somebody ${n}`, `ssh-ed25519 ${n}`)
  const repo = await repositories()
  forge.behave('drop', ['POST'])
  expect((await put(repo, forge)).status).toBe(503)
  await untilTold(repo.id, 'upstream.key_removed')
  expect(forge.keys).toHaveLength(120)
  expect(forge.keys.every(({ title }) => title.startsWith('of somebody'))).toBe(true)
})

test('a key whose maker was never heard of again is found by its title, and removed', async () => {
  await using forge = await openGitea()
  const repo = await repositories()
  forge.behave('hang', ['POST'])
  const neverAnswered = put(repo, forge)
  await forge.hanging.happened
  expect([forge.keys.length, (await rowsOf(repo.id))[0]?.provider_key_id]).toEqual([1, null])
  await using database = await g.world.openDatabase()
  const longAgo = database.kysely.updateTable('deploy_keys').set({ created_at: 1 })
  await longAgo.where('repo_id', '=', repo.id).execute()
  await later(repo.id)
  await untilTold(repo.id, 'upstream.key_removed')
  expect(forge.keys).toEqual([])
  await forge.goAway()
  expect((await neverAnswered).status).toBe(503)
  expect(await rowsOf(repo.id)).toEqual([])
})

test('readers and pushers notice nothing of a rotation, and the old key goes when nobody can use it', async () => {
  await using forge = await openGitea({ onKeys: letIn })
  const repo = await declared(forge)
  const agent = await g.world.actor('agent', {
    accountId: g.world.owner.accountId,
    scope: `repo:${repo.path}:write`,
  })
  await agent.start(repo.url)
  const pushes: number[] = []
  let isOver = false
  const pushing = (async () => {
    while (!isOver) {
      await agent.commit('file', `${pushes.length}\n`)
      pushes.push((await agent.git('push', '-q', 'origin', 'HEAD:refs/heads/work')).code)
    }
  })()
  const morePushes = async () => {
    const known = pushes.length
    await until(async () => expect(pushes.length).toBeGreaterThan(known))
  }
  const before = forge.keys[0]?.id
  await morePushes()
  const rotated = await ask('POST', `${repo.at}/upstream/key/rotate`)
  expect([rotated.status, rotated.json.provider]).toEqual([200, 'gitea'])
  expect(forge.keys, 'the old one is good for a while').toHaveLength(2)
  expect(rotated.json.endingKeys).toMatchObject([{ lastError: null }])
  await morePushes()
  await later(repo.id)
  await untilTold(repo.id, 'upstream.key_removed')
  await morePushes()
  isOver = true
  await pushing
  expect(pushes.filter((code) => code !== 0)).toEqual([])
  expect(forge.keys).toHaveLength(1)
  expect(forge.keys[0]?.id).not.toBe(before)
  expect(await told(repo.id, 'upstream.key_rotated')).toMatchObject([
    { data: { keyFingerprint: rotated.json.keyFingerprint } },
  ])
  const tip = await agent.ok('rev-parse', 'HEAD')
  expect(await g.ssh.git(repo.path, 'rev-parse', 'refs/heads/work')).toBe(tip)
})

test('a new key that the upstream does not take goes again, and the old one stays', async () => {
  let isLetIn = true
  await using forge = await openGitea({ onKeys: (keys) => letIn(isLetIn ? keys : keys.slice(0, 1)) })
  const repo = await declared(forge)
  isLetIn = false
  const [before] = forge.keys
  const rotated = await ask('POST', `${repo.at}/upstream/key/rotate`)
  expect([rotated.status, rotated.json.error.details.reason]).toEqual([503, expect.any(String)])
  await untilTold(repo.id, 'upstream.key_removed')
  expect(forge.keys).toEqual([before])
  expect((await lsRemote(repo)).code).toBe(0)
})

test('a key that was revoked is gone at once, readers are told so, and a rotation brings another', async () => {
  await using forge = await openGitea({ onKeys: letIn })
  const repo = await declared(forge)
  const revoked = await ask('POST', `${repo.at}/upstream/key/revoke`)
  expect([revoked.status, revoked.json.keyFingerprint]).toEqual([200, null])
  const refused = await lsRemote(repo)
  expect(refused.code).not.toBe(0)
  expect(refused.output).toContain('its key was revoked')
  await untilTold(repo.id, 'upstream.key_removed')
  expect(forge.keys).toEqual([])
  expect(await told(repo.id, 'upstream.key_revoked')).toMatchObject([{ data: { reason: 'asked' } }])

  expect((await ask('POST', `${repo.at}/upstream/key/rotate`)).status).toBe(200)
  expect((await lsRemote(repo)).code).toBe(0)
})

test('a removal that fails is told once, shown, and tried again until it is done', async () => {
  await using forge = await openGitea({ onKeys: letIn })
  const repo = await declared(forge)
  forge.behave(500, ['DELETE'])
  await ask('POST', `${repo.at}/upstream/key/revoke`)
  await untilTold(repo.id, 'upstream.key_removal_failed')
  const { json } = await ask('GET', `${repo.at}/upstream/status`)
  expect(JSON.stringify(json)).toContain('the API of the forge answered 500')
  await later(repo.id)
  await until(async () => expect(forge.requests.filter(({ method }) => method === 'DELETE')).toHaveLength(2))
  expect(await told(repo.id, 'upstream.key_removal_failed')).toHaveLength(1)
  forge.behave('serve')
  await later(repo.id)
  await untilTold(repo.id, 'upstream.key_removed')
  expect([forge.keys, await rowsOf(repo.id)]).toEqual([[], []])
}, 40_000)

test('a key that somebody has removed at the forge counts as removed', async () => {
  await using forge = await openGitea({ onKeys: letIn })
  const repo = await declared(forge)
  forge.behave(404, ['DELETE'])
  await ask('POST', `${repo.at}/upstream/key/revoke`)
  await untilTold(repo.id, 'upstream.key_removed')
  expect(await told(repo.id, 'upstream.key_removal_failed')).toEqual([])
})

test('a key whose time is over ends by itself, here and at the forge', async () => {
  await using forge = await openGitea({ onKeys: letIn })
  const repo = await repositories()
  expect((await put(repo, forge, 'gitea', { ttlSeconds: 3600 })).status).toBe(201)
  await later(repo.id)
  await untilTold(repo.id, 'upstream.key_removed')
  expect(await told(repo.id, 'upstream.key_revoked')).toMatchObject([
    { actorId: null, data: { reason: 'expired' } },
  ])
  expect(forge.keys).toEqual([])
  expect((await lsRemote(repo)).output).toContain('has expired')
})

test('the key of a deleted repository goes', async () => {
  await using forge = await openGitea({ onKeys: letIn })
  const repo = await declared(forge)
  expect((await ask('DELETE', repo.at)).status).toBe(204)
  await untilTold(repo.id, 'upstream.key_removed')
  expect(forge.keys).toEqual([])
})

test('another provider in its place ends the key', async () => {
  await using forge = await openGitea({ onKeys: letIn })
  const repo = await declared(forge)
  const key = { provider: 'static', privateKey: g.ssh.key.privateKey }
  const body = { url: repo.upstream, key, hostKey: g.ssh.hostKey }
  expect((await ask('PUT', `${repo.at}/upstream`, body)).status).toBe(200)
  await later(repo.id)
  await untilTold(repo.id, 'upstream.key_removed')
  expect(forge.keys).toEqual([])
  const rotated = await ask('POST', `${repo.at}/upstream/key/rotate`)
  expect([rotated.status, rotated.json.error.details.reason]).toEqual([422, expect.stringContaining('given')])
})

test('what is no gate has no key to rotate or revoke, and only owners may', async () => {
  const { at } = await repositories()
  for (const verb of ['rotate', 'revoke']) {
    expect((await ask('POST', `${at}/upstream/key/${verb}`)).status).toBe(404)
    const init = { method: 'POST' }
    const agent = await g.world.agent.fetch(`${g.world.url}/repos/acme/app/upstream/key/${verb}`, init)
    expect(agent.status).toBe(403)
  }
})
