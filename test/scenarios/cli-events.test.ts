/** events-and-jobs.md with the `sluice` command: webhooks, jobs, mirrors that cannot be and the stream, against a real server. */
import { createHmac, randomUUID } from 'node:crypto'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { DELETE_REPO_STORAGE } from '../../src/kernel/background.ts'
import { newId } from '../../src/kernel/uuid.ts'
import { cliHome, cliScript, type CliHome } from '../support/cli.ts'
import { openReceiver, type Received, type Receiver } from '../support/receiver.ts'
import { restWorld, Stage } from '../support/rest.ts'
import type { World } from '../support/world.ts'

let w: World
let receiver: Receiver
let home: CliHome
beforeAll(async () => {
  receiver = await openReceiver()
  w = await restWorld({ SLUICE_OUTBOUND_ALLOW: '127.0.0.1' })
  home = await cliHome({ SLUICE_URL: w.url, SLUICE_TOKEN: w.owner.token ?? '' })
})
afterAll(async () => {
  await home[Symbol.asyncDispose]()
  await w[Symbol.asyncDispose]()
  await receiver[Symbol.asyncDispose]()
})

const asAdmin = () => ({ env: { SLUICE_TOKEN: w.sluice.adminToken ?? '' } })

/** Of a command that has to go well. */
async function printed(args: readonly string[], opts?: Parameters<CliHome['run']>[1]): Promise<string> {
  const { code, stdout, stderr } = await home.run(args, opts)
  expect([args, code, stderr]).toEqual([args, 0, ''])
  return stdout.trimEnd()
}

/** @see standard-webhooks.md, "Signature scheme" */
function signatureOf({ headers, body }: Received, secret: string): string {
  const key = Buffer.from(secret.replace('whsec_', ''), 'base64')
  const text = `${String(headers['webhook-id'])}.${String(headers['webhook-timestamp'])}.${body}`
  return `v1,${createHmac('sha256', key).update(text).digest('base64')}`
}

describe('a webhook', () => {
  test('is made, tried, told again, given a new secret and removed; its secret alone is on stdout', async () => {
    const { path, deliveries } = await hook()
    const secret = await printed(['hook', 'create', path, '--url', receiver.url, '--event', 'push'])
    expect(secret).toMatch(/^whsec_[A-Za-z0-9+/=]{32,}$/)
    const [made] = JSON.parse(await printed(['hook', 'list', path, '--json']))
    expect(made).toMatchObject({ url: receiver.url, eventTypes: ['push'], active: true })
    const where = [path, made.id]

    expect(await printed(['hook', 'ping', ...where])).toMatch(/^sending \S+; sluice hook deliveries shows/)
    const ping = await receiver.next()
    expect(ping.headers['webhook-signature']).toBe(signatureOf(ping, secret))
    const [delivered] = await deliveries(where, 1)
    expect(delivered).toMatchObject({ eventType: 'hook.pinged', attempts: 1, responseStatus: 204 })

    const redelivered = await printed(['hook', 'redeliver', ...where, delivered.id])
    expect(redelivered).toMatch(new RegExp(`^sending ${delivered.id} again as \\S+$`))
    expect((await receiver.next()).body).toBe(ping.body)
    const [table = ''] = (await deliveries(where, 2)) && (await rows(['hook', 'deliveries', ...where]))
    expect(table.split('\t').slice(1, 5)).toEqual(['hook.pinged', 'delivered', '1', '204'])

    const fresh = await printed(['hook', 'rotate-secret', ...where])
    await printed(['hook', 'ping', ...where])
    const both = await receiver.next()
    const signatures = [fresh, secret].map((each) => signatureOf(both, each))
    expect(String(both.headers['webhook-signature']).split(' ')).toEqual(signatures)

    expect(await printed(['hook', 'delete', ...where])).toBe(`removed webhook ${made.id}`)
    const gone = await home.run(['hook', 'show', ...where])
    expect([gone.code, gone.stdout]).toEqual([5, ''])
  })

  test.each([
    [
      'a URL that it may not reach',
      8,
      ['create', 'PATH', '--url', 'http://10.0.0.1/x'],
      /address is not public/,
    ],
    ['no URL', 2, ['create', 'PATH'], /--url/],
    ['a repository that is not there', 5, ['list', 'acme/none'], /not found/i],
    ['a webhook that is not there', 5, ['ping', 'PATH', newId()], /not found/i],
    ['a delivery that is not there', 5, ['redeliver', 'PATH', newId(), newId()], /not found/i],
    ['a status that is none', 2, ['deliveries', 'PATH', newId(), '--status', 'odd'], /waiting/],
  ])('%s ends the command with %i', async (_name, code, args, said) => {
    const { path } = await hook()
    const run = await home.run(['hook', ...args.map((arg) => (arg === 'PATH' ? path : arg))])
    expect([run.code, run.stdout, run.stderr]).toEqual([code, '', expect.stringMatching(said)])
  })

  async function hook() {
    const name = randomUUID()
    await w.createRepo(name)
    const list = async (where: readonly string[]) =>
      JSON.parse(await printed(['hook', 'deliveries', ...where, '--status', 'delivered', '--json']))
    return {
      path: `acme/${name}`,
      /** Waits until so many are written down as delivered. */
      deliveries: async (where: readonly string[], count: number) => {
        await expect.poll(() => list(where), { timeout: 10_000, interval: 20 }).toHaveLength(count)
        return await list(where)
      },
    }
  }
})

async function rows(args: readonly string[]): Promise<string[]> {
  return (await printed(args)).split('\n')
}

describe('jobs', () => {
  test('are listed, shown, and tried again one by one or all of a type that failed', async () => {
    const [one, two, three] = await Promise.all([failedJob(), failedJob(), failedJob()])
    const failed = ['admin', 'jobs', 'list', '--status', 'failed', '--type', DELETE_REPO_STORAGE]
    const listed = JSON.parse(await printed([...failed, '--json'], asAdmin())) as { id: string }[]
    expect(listed.map(({ id }) => id).sort()).toEqual([one, two, three].sort())
    const shown = await printed(['admin', 'jobs', 'show', one], asAdmin())
    expect(shown).toMatch(/last error\s+the disk is gone/)

    const retried = await printed(['admin', 'jobs', 'retry', one], asAdmin())
    expect(retried).toBe(`${DELETE_REPO_STORAGE} ${one} runs again`)
    const all = ['admin', 'jobs', 'retry', '--failed', DELETE_REPO_STORAGE]
    expect(await printed(all, asAdmin())).toBe('2 run again')
    expect(await printed(all, asAdmin())).toBe('0 run again')
    const admin = new Stage(w)
    for (const id of [one, two, three])
      await expect
        .poll(async () => (await admin.ask('admin', 'GET', `/admin/jobs/${id}`)).json.status, {
          timeout: 20_000,
          interval: 50,
        })
        .toBe('done')
    const again = await home.run(['admin', 'jobs', 'retry', one], asAdmin())
    expect([again.code, again.stdout]).toEqual([6, ''])
  })

  test('are for administrators; a retry names one job or a type', async () => {
    expect((await home.run(['admin', 'jobs'])).code).toBe(4)
    expect((await home.run(['admin', 'jobs', 'show', newId()], asAdmin())).code).toBe(5)
    for (const args of [[], [newId(), '--failed', DELETE_REPO_STORAGE]]) {
      const run = await home.run(['admin', 'jobs', 'retry', ...args], asAdmin())
      expect([run.code, run.stderr]).toEqual([2, 'sluice: name a job, or --failed and a type\n'])
    }
  })

  /** One whose work is done as soon as it is tried. @returns its id */
  async function failedJob(): Promise<string> {
    await using database = await w.openDatabase()
    const id = newId()
    const times = { run_at: 1, created_at: 1, updated_at: 1 }
    const held = { worker: null, lease_until: null, priority: 0 }
    const payload = JSON.stringify({ repoId: newId() })
    const outcome = { status: 'failed', attempts: 10, last_error: 'the disk is gone' } as const
    await database.kysely
      .insertInto('jobs')
      .values({
        id,
        type: DELETE_REPO_STORAGE,
        key: id,
        repo_id: null,
        payload,
        ...times,
        ...held,
        ...outcome,
      })
      .execute()
    return id
  }
})

describe('what an administrator asks the server for', () => {
  test('is a job that is named: maintenance of a repository, by name or id', async () => {
    const name = randomUUID()
    const repo = await w.createRepo(name)
    for (const wanted of [`acme/${name}`, repo.id]) {
      const said = await printed(['admin', 'maintain', wanted], asAdmin())
      const [, job = ''] = /^maintaining \S+; sluice admin jobs show (\S+) tells/.exec(said) ?? []
      expect(await printed(['admin', 'jobs', 'show', job], asAdmin())).toMatch(/type\s+repo_maintenance\n/)
    }
    expect((await home.run(['admin', 'maintain', `acme/${name}`])).code).toBe(4)
  })

  test('is a backup, where the server has a place for one', async () => {
    const run = await home.run(['admin', 'backup'], asAdmin())
    expect([run.code, run.stderr]).toEqual([8, expect.stringContaining('SLUICE_BACKUP_DIR')])
    const dir = await mkdtemp(join(tmpdir(), 'sluice-backups-'))
    onTestFinished(() => rm(dir, { recursive: true }))
    await using server = await restWorld({ SLUICE_BACKUP_DIR: dir })
    const env = { SLUICE_URL: server.url, SLUICE_TOKEN: server.sluice.adminToken ?? '' }
    expect(await printed(['admin', 'backup'], { env })).toMatch(/^making a backup; sluice admin jobs show /)
  })
})

describe('a mirror', () => {
  test('that cannot be is refused, and its secret is repeated nowhere', async () => {
    const secret = randomUUID()
    const set = (...args: string[]) =>
      home.run(['mirror', 'set', 'acme/app', 'm', ...args], { input: `${secret}\n` })
    const runs = [
      await set('--url', 'https://10.0.0.1/a.git'),
      await set('--url', `https://u:${secret}@example.com/a.git`),
      await set('--url', 'https://127.0.0.1/a.git', '--credential-file', '/nowhere'),
      await set('--url', 'https://127.0.0.1/a.git', '--token', 'x'),
    ]
    expect(runs.map(({ code }) => code)).toEqual([8, 8, 2, 2])
    for (const { stdout, stderr } of runs) expect(stdout + stderr).not.toContain(secret)
    expect((await home.run(['mirror', 'push', 'acme/app', 'm'])).code).toBe(5)
    expect(JSON.stringify(await w.events())).not.toContain(secret)
  })
})

describe('events --follow --json', () => {
  test('prints one object a line as things happen, until Ctrl-C', async () => {
    const name = randomUUID()
    const repo = await w.createRepo(name)
    const args = ['events', '--follow', '--repo', `acme/${name}`, '--since', '0', '--json']
    const child = spawn(process.execPath, [await cliScript(), ...args], {
      env: {
        PATH: process.env['PATH'],
        HOME: home.dir,
        SLUICE_URL: w.url,
        SLUICE_TOKEN: w.owner.token ?? '',
      },
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
    const next = async () => JSON.parse((await lines.next()).value ?? 'null')
    const created = await next()
    expect(created).toMatchObject({ eventType: 'repo.created', repoId: repo.id })
    await w.owner.fetch(`${w.url}/repos/acme/${name}/archive`, { method: 'POST' })
    const archived = await next()
    expect(archived).toMatchObject({ eventType: 'repo.archived', repoId: repo.id })
    expect(Number(archived.cursor)).toBeGreaterThan(Number(created.cursor))
    child.kill('SIGINT')
    expect(await once(child, 'exit')).toEqual([130, null])
  })

  test.each([
    ['no repository', 5, ['--repo', 'acme/none'], {}],
    ['a credential that is none', 3, [], { SLUICE_TOKEN: 'nonsense' }],
    ['a cursor that is not given out yet', 8, ['--since', '999999999999'], {}],
  ])('does not wait where it cannot be told anything: %s', async (_name, code, args, env) => {
    const run = await home.run(['events', '--follow', '--json', ...args], { env })
    expect([run.code, run.stdout, JSON.parse(run.stderr).error.exitCode]).toEqual([code, '', code])
  })
})
