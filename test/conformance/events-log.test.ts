/** Every change of state is in the log, once, and in no other way than with the change itself. */
import { readFileSync } from 'node:fs'
import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { EVENT_TYPES } from '../../src/kernel/event-types.ts'
import { openReceiver, type Receiver } from '../support/receiver.ts'
import { restWorld, Stage, type Answer } from '../support/rest.ts'
import type { World } from '../support/world.ts'

interface Event {
  readonly id: string
  readonly eventType: string
  readonly metadata: object
}

const WORKLOADS = 'http://127.0.0.1:9'

let w: World
let receiver: Receiver
let stage: Stage
beforeAll(async () => {
  receiver = await openReceiver()
  w = await restWorld({
    SLUICE_OUTBOUND_ALLOW: '127.0.0.0/8',
    SLUICE_ISSUERS: JSON.stringify([{ issuer: WORKLOADS, audience: 'sluice', use: 'workload' }]),
  })
  stage = new Stage(w)
})
afterAll(async () => {
  await w[Symbol.asyncDispose]()
  await receiver[Symbol.asyncDispose]()
})

interface Change {
  readonly name: string
  readonly make: () => Promise<Answer>
  /** Types of the events that it writes, in order. */
  readonly told: readonly string[]
  /** It moves refs, which cannot commit together with rows: recovery writes the event if need be. */
  readonly moves?: true
}

/** Ids that earlier changes have given, by name. */
const ids = new Map<string, string>()

const owner = (method: string, path: string, body?: unknown) => stage.ask('owner', method, path, body)
const repo = (method: string, path = '', body?: unknown) =>
  owner(method, `/repos/${stage.org}/r${path}`, body)
const idOf = (name: string) => ids.get(name) ?? name

async function naming(name: string, made: Promise<Answer>): Promise<Answer> {
  const answer = await made
  const { id, number } = answer.json as { id?: string; number?: number }
  if (answer.status < 300) ids.set(name, String(number ?? id))
  return answer
}

function commit(branch: string, path: string): Promise<Answer> {
  const changes = [{ path, action: 'put', content: path, encoding: 'utf-8' }]
  return repo('POST', '/commits', { branch, message: path, changes })
}

const ann = () => `/collaborators/${stage.accountOf('ann')}`
const member = () => `/orgs/${stage.org}/members/${stage.accountOf('ann')}`

/** In this order: each builds on those before it. */
const CHANGES: readonly Change[] = [
  {
    name: 'a first login',
    make: () => stage.ask('owner', 'GET', '/whoami'),
    told: ['account.created'],
  },
  {
    name: 'a repository of a new organisation',
    make: () => owner('POST', '/repos', { orgId: stage.org, name: 'r' }),
    told: ['org.created', 'repo.created'],
  },
  {
    name: 'a repository of a known organisation',
    make: () => owner('POST', '/repos', { orgId: stage.org, name: 'second' }),
    told: ['repo.created'],
  },
  { name: 'a description', make: () => repo('PATCH', '', { description: 'x' }), told: ['repo.updated'] },
  { name: 'the same description', make: () => repo('PATCH', '', { description: 'x' }), told: [] },
  { name: 'a visibility', make: () => repo('PATCH', '', { visibility: 'public' }), told: ['repo.updated'] },
  {
    name: 'another end of pushes to protected branches',
    make: () => repo('PATCH', '', { protectedPush: 'open-pull-request' }),
    told: ['repo.updated'],
  },
  { name: 'archiving', make: () => repo('POST', '/archive'), told: ['repo.archived'] },
  { name: 'un-archiving', make: () => repo('POST', '/unarchive'), told: ['repo.unarchived'] },
  {
    name: 'a new name',
    make: () => owner('PATCH', `/repos/${stage.org}/second`, { name: 'third' }),
    told: ['repo.renamed', 'repo.updated'],
  },
  {
    name: 'a collaborator',
    make: () => repo('PUT', ann(), { role: 'reader' }),
    told: ['repo.collaborator_added'],
  },
  { name: 'the same role', make: () => repo('PUT', ann(), { role: 'reader' }), told: [] },
  {
    name: 'another role',
    make: () => repo('PUT', ann(), { role: 'writer' }),
    told: ['repo.collaborator_changed'],
  },
  { name: 'no role', make: () => repo('DELETE', ann()), told: ['repo.collaborator_removed'] },
  { name: 'a member', make: () => owner('PUT', member(), { role: 'reader' }), told: ['member.added'] },
  {
    name: 'another role of a member',
    make: () => owner('PUT', member(), { role: 'writer' }),
    told: ['member.changed'],
  },
  { name: 'a member less', make: () => owner('DELETE', member()), told: ['member.removed'] },
  { name: 'a rule', make: () => repo('PUT', '/protections/release', {}), told: ['protection.changed'] },
  { name: 'the same rule', make: () => repo('PUT', '/protections/release', {}), told: [] },
  { name: 'a rule less', make: () => repo('DELETE', '/protections/release'), told: ['protection.removed'] },
  { name: 'a first commit', make: () => commit('main', 'a.txt'), told: ['push'], moves: true },
  {
    name: 'a branch',
    make: () => repo('POST', '/branches', { name: 'topic', startPoint: 'main' }),
    told: ['push'],
    moves: true,
  },
  { name: 'a commit', make: () => commit('topic', 'b.txt'), told: ['push'], moves: true },
  {
    name: 'a tag',
    make: () => repo('POST', '/tags', { name: 'v1', target: 'main' }),
    told: ['push'],
    moves: true,
  },
  { name: 'a tag less', make: () => repo('DELETE', '/tags/v1'), told: ['push'], moves: true },
  {
    name: 'a branch to be deleted',
    make: () => repo('POST', '/branches', { name: 'spare', startPoint: 'main' }),
    told: ['push'],
    moves: true,
  },
  {
    name: 'a default branch',
    make: () => repo('PATCH', '', { defaultBranch: 'spare' }),
    told: ['repo.updated'],
  },
  { name: 'the old one', make: () => repo('PATCH', '', { defaultBranch: 'main' }), told: ['repo.updated'] },
  { name: 'a branch less', make: () => repo('DELETE', '/branches/spare'), told: ['push'], moves: true },
  {
    name: 'a pull request',
    make: () =>
      naming('pull', repo('POST', '/pulls', { sourceBranch: 'topic', targetBranch: 'main', title: 'b' })),
    told: ['pr.opened'],
  },
  {
    name: 'another title of it',
    make: () => repo('PATCH', `/pulls/${idOf('pull')}`, { title: 'better' }),
    told: ['pr.updated'],
  },
  { name: 'its end', make: () => repo('POST', `/pulls/${idOf('pull')}/close`), told: ['pr.closed'] },
  { name: 'its return', make: () => repo('POST', `/pulls/${idOf('pull')}/reopen`), told: ['pr.reopened'] },
  {
    name: 'its merge',
    make: () => repo('POST', `/pulls/${idOf('pull')}/merge`),
    told: ['push', 'pr.merged'],
    moves: true,
  },
  {
    name: 'a machine',
    make: () => naming('machine', owner('POST', '/accounts', { kind: 'agent', displayName: 'bot' })),
    told: ['account.created'],
  },
  {
    name: 'its name',
    make: () => owner('PATCH', `/accounts/${idOf('machine')}`, { displayName: 'bot 2' }),
    told: ['account.changed'],
  },
  {
    name: 'that it is disabled',
    make: () => owner('PATCH', `/accounts/${idOf('machine')}`, { disabled: true }),
    told: ['account.disabled'],
  },
  {
    name: 'that it is enabled',
    make: () => owner('PATCH', `/accounts/${idOf('machine')}`, { disabled: false }),
    told: ['account.enabled'],
  },
  {
    name: 'a binding',
    make: () =>
      naming(
        'binding',
        owner('POST', `/accounts/${idOf('machine')}/bindings`, {
          issuer: WORKLOADS,
          audience: 'sluice',
          claims: { repository: 'acme/app' },
        }),
      ),
    told: ['account.bound'],
  },
  {
    name: 'a binding less',
    make: () => owner('DELETE', `/accounts/${idOf('machine')}/bindings/${idOf('binding')}`),
    told: ['account.unbound'],
  },
  {
    name: 'a token',
    make: () => naming('token', owner('POST', '/tokens', { name: 'laptop' })),
    told: ['token.minted'],
  },
  { name: 'a token less', make: () => owner('DELETE', `/tokens/${idOf('token')}`), told: ['token.revoked'] },
  {
    name: 'another key',
    make: () => stage.ask('admin', 'POST', '/admin/keys/rotate'),
    told: ['key.rotated'],
  },
  {
    name: 'a webhook',
    make: () => naming('hook', repo('POST', '/hooks', { url: receiver.url })),
    told: ['hook.created'],
  },
  {
    name: 'a change of it',
    make: () => repo('PATCH', `/hooks/${idOf('hook')}`, { active: false }),
    told: ['hook.updated'],
  },
  {
    name: 'another secret of it',
    make: () => repo('POST', `/hooks/${idOf('hook')}/secret`),
    told: ['hook.secret_replaced'],
  },
  {
    name: 'its return',
    make: () => repo('PATCH', `/hooks/${idOf('hook')}`, { active: true }),
    told: ['hook.updated'],
  },
  {
    name: 'a trial of it',
    make: () => naming('delivery', repo('POST', `/hooks/${idOf('hook')}/ping`)),
    told: ['hook.pinged'],
  },
  {
    name: 'the same trial once more',
    make: () => repo('POST', `/hooks/${idOf('hook')}/deliveries/${idOf('delivery')}/redeliver`),
    told: ['hook.redelivered'],
  },
  { name: 'a webhook less', make: () => repo('DELETE', `/hooks/${idOf('hook')}`), told: ['hook.deleted'] },
  {
    name: 'a mirror',
    make: () =>
      owner('PUT', `/repos/${stage.org}/third/mirrors/backup`, {
        url: `${receiver.url}/r.git`,
        credential: { token: 'x' },
      }),
    told: ['mirror.set'],
  },
  {
    name: 'a mirror less',
    make: () => owner('DELETE', `/repos/${stage.org}/third/mirrors/backup`),
    told: ['mirror.removed'],
  },
  {
    name: 'an upstream',
    make: () =>
      owner('PUT', `/repos/${stage.org}/third/upstream`, {
        url: 'https://8.8.8.8/acme/r.git',
        key: { provider: 'token', token: 'x' },
      }),
    told: ['upstream.set'],
  },
  {
    name: 'an upstream less',
    make: () => owner('DELETE', `/repos/${stage.org}/third/upstream`),
    told: ['upstream.removed'],
  },
  {
    name: 'a scan of pushes',
    make: () => repo('PUT', '/scan', { enabled: true }),
    told: ['scan.changed'],
  },
  {
    name: 'an approval',
    make: () => {
      const body = { fingerprint: '0'.repeat(32), reason: 'a made-up key' }
      return naming('approval', repo('POST', '/approvals', body))
    },
    told: ['approval.decided'],
  },
  {
    name: 'an approval less',
    make: () => repo('DELETE', `/approvals/${idOf('approval')}`),
    told: ['approval.removed'],
  },
  {
    name: 'a transfer to a new organisation',
    make: () => repo('POST', '/transfer', { orgId: `${stage.org.slice(0, 30)}-new` }),
    told: ['org.created', 'repo.transferred'],
  },
  {
    name: 'a transfer back',
    make: () => owner('POST', `/repos/${stage.org.slice(0, 30)}-new/r/transfer`, { orgId: stage.org }),
    told: ['repo.transferred'],
  },
  {
    name: 'a deletion',
    make: async () => {
      ids.set('repo', ((await repo('GET')).json as { id: string }).id)
      return repo('DELETE')
    },
    told: ['repo.deleted'],
  },
  {
    name: 'a return',
    make: () => owner('POST', `/repos/by-id/${idOf('repo')}/restore`),
    told: ['repo.restored'],
  },
]

/** What is told of late, or by itself. */
const BY_ITSELF = new Set(['mirror.failed', 'pr.updated', 'job.failed', 'hook.disabled'])

/** Oldest first: what was told since. */
async function since(last: string | undefined, told: readonly string[]): Promise<Event[]> {
  const { json } = await stage.ask('admin', 'GET', '/admin/events?limit=20&denied=false')
  const events = json as Event[]
  const known = events.findIndex(({ id }) => id === last)
  return events
    .slice(0, known)
    .toReversed()
    .filter(({ eventType }) => told.includes(eventType) || !BY_ITSELF.has(eventType))
}

async function newest(): Promise<string | undefined> {
  return ((await stage.ask('admin', 'GET', '/admin/events?limit=1')).json as Event[])[0]?.id
}

/** Nothing can be written to the log until this is disposed. */
async function brokenLog(): Promise<AsyncDisposable> {
  const rename = async (from: string, to: string) => {
    await using database = await w.openDatabase()
    await sql`alter table ${sql.table(from)} rename to ${sql.table(to)}`.execute(database.kysely)
  }
  await rename('events', 'events_away')
  return { [Symbol.asyncDispose]: () => rename('events_away', 'events') }
}

test.each(CHANGES)('$name: $told, with the change or not at all', async ({ make, told, moves }) => {
  if (!moves && told.length > 0) {
    await using _broken = await brokenLog()
    expect((await make()).status).toBeGreaterThanOrEqual(500)
  }
  const last = await newest()
  const answer = await make()
  expect([answer.status < 300, answer.text]).toEqual([true, answer.text])
  const events = await since(last, told)
  expect(events.map(({ eventType }) => eventType)).toEqual(told)
  for (const { eventType, metadata } of events) {
    const { data } = EVENT_TYPES[eventType as keyof typeof EVENT_TYPES]
    expect(data, eventType).toEqual(expect.arrayContaining(Object.keys(metadata)))
  }
})

test('a webhook whose receiver is gone for good is switched off, and that is told', async () => {
  receiver.behave({ status: 410 })
  const made = await owner('POST', `/repos/${stage.org}/third/hooks`, { url: receiver.url })
  await owner('POST', `/repos/${stage.org}/third/hooks/${made.json.id}/ping`)
  await vi.waitFor(
    async () => {
      const { json } = await stage.ask('admin', 'GET', '/admin/events?eventType=hook.disabled')
      expect(json).toMatchObject([{ targetId: made.json.id, actorId: null }])
    },
    { timeout: 10_000 },
  )
})

test('the first key of a server is told, once', async () => {
  const { json } = await stage.ask('admin', 'GET', '/admin/events?eventType=key.created')
  expect(json).toMatchObject([{ actorId: null, metadata: { kid: expect.any(String) } }])
})

/** By type: where its story is. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  'account.identity_added': 'src/store/accounts.test.ts',
  'repo.purged': 'src/store/ended-repositories.test.ts',
  'mirror.failed': 'test/scenarios/mirrors-faults.test.ts',
  'mirror.recovered': 'test/scenarios/mirrors-faults.test.ts',
  'upstream.key_rotated': 'test/scenarios/gate-keys.test.ts',
  'upstream.key_revoked': 'test/scenarios/gate-keys.test.ts',
  'upstream.key_removed': 'test/scenarios/gate-keys.test.ts',
  'upstream.key_removal_failed': 'test/scenarios/gate-keys.test.ts',
  'key.secret_rotated': 'test/scenarios/secrets-rotate.test.ts',
  'job.failed': 'src/store/jobs/job-runner.test.ts',
  'admin.job_retried': 'src/store/jobs/jobs.test.ts',
  'admin.backup_requested': 'test/conformance/rest-6-backups.test.ts',
  'approval.requested': 'test/scenarios/scan-approvals.test.ts',
  'push.denied': 'test/scenarios/denied-audit.test.ts',
  'access.denied': 'test/scenarios/denied-audit.test.ts',
  'login.failed': 'test/scenarios/denied-audit.test.ts',
  'denials.dropped': 'src/store/log/denials.test.ts',
}

test('every type of event has its change here, or its story elsewhere', () => {
  const here = [...CHANGES.flatMap(({ told }) => told), 'hook.disabled', 'key.created']
  expect([...new Set([...here, ...Object.keys(ELSEWHERE)])].toSorted()).toEqual(
    Object.keys(EVENT_TYPES).toSorted(),
  )
  for (const [type, file] of Object.entries(ELSEWHERE))
    expect(readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8'), file).toContain(type)
})
