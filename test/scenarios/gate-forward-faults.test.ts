/**
 * An upstream that is gone, silent or of two minds while a push is forwarded to it: nothing has landed that the
 * report denies, nothing is denied that has landed, and the pusher reads why.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { runGit } from '../support/actor.ts'
import { gateWorld, type Gate, type GateWorld } from '../support/gate.ts'

const DEADLINE_SECONDS = 4

let g: GateWorld
beforeAll(async () => {
  g = await gateWorld({ settings: { SLUICE_PREPARED_DEADLINE_SECONDS: String(DEADLINE_SECONDS) } })
})
afterAll(() => g[Symbol.asyncDispose]())

/** Its refs may be old: what a fault does to reads is another story. */
async function cloned(transport: 'https' | 'ssh', maxAgeMs = 3600_000): Promise<Gate> {
  const gate = await g.gate({ transport, maxAgeMs })
  await gate.agent.ok('clone', '-q', gate.url, '.')
  return gate
}

async function pushesOf({ id }: Gate) {
  return (await g.world.pushes()).filter(({ repoId, data }) => repoId === id && data.via !== 'upstream')
}

describe('an upstream behind https', () => {
  let gate: Gate
  let tip: string
  beforeAll(async () => {
    gate = await cloned('https')
  })
  beforeEach(async () => {
    tip = await gate.agent.commit('a.txt', `${Math.random()}\n`)
    return () => {
      g.https.behave('serve')
      g.https.speakAtMost(2)
      g.https.demand(g.https.password)
    }
  })

  test.each([
    ['is gone', () => g.https.goAway(), () => g.https.comeBack()],
    ['hangs up', () => g.https.behave('die'), () => {}],
    ['says nothing', () => g.https.behave('hang'), () => {}],
    ['fails', () => g.https.behave({ status: 500 }), () => {}],
    ['wants another credential', () => g.https.demand('another'), () => {}],
    ['refuses the push', () => g.https.behave({ status: 403 }, { only: 'receive-pack' }), () => {}],
  ] as const)(
    'that %s refuses, in time and with its reason, and nothing has moved',
    async (_, fail, mend) => {
      const before = { refs: await gate.refs(), events: (await pushesOf(gate)).length }
      await fail()
      const { code, output } = await gate.agent.git('push', '-q', 'origin', 'main')
      await mend()
      expect(code).not.toBe(0)
      expect(output).toMatch(/remote: upstream 127\.0\.0\.1 is unreachable: \w/)
      expect(output).toMatch(/main -> main \(upstream is unreachable: \w/)
      expect(output).not.toContain(g.https.password)
      expect(await gate.refs()).toEqual(before.refs)
      expect(await gate.upstream.refs()).toEqual(before.refs)
      expect(await pushesOf(gate)).toHaveLength(before.events)
    },
  )

  test('that took the push, and lost the connection before it said so, is looked at: it has landed', async () => {
    const events = (await pushesOf(gate)).length
    g.https.speakAtMost(0) // is looked at without a POST
    g.https.behave('forget', { only: 'receive-pack' })
    const { output, code } = await gate.agent.git('push', 'origin', 'main')
    expect(output).toContain('main -> main')
    expect(code).toBe(0)
    expect(await gate.refs()).toContain(`refs/heads/main ${tip}`)
    expect(await gate.upstream.refs()).toContain(`refs/heads/main ${tip}`)
    expect(await pushesOf(gate)).toHaveLength(events + 1)
  })

  test('that took the push and cannot be looked at leaves the outcome unknown; the next read shows it', async () => {
    const events = (await pushesOf(gate)).length
    g.https.behave('forget', { only: 'receive-pack' })
    const { output } = await gate.agent.git('push', 'origin', 'main')
    expect(output).toContain('main -> main (outcome unknown)')
    expect(output).toContain('fetch and look before you push again')
    expect(await pushesOf(gate)).toHaveLength(events)
    g.https.behave('serve')
    await g.declare(gate.id, gate.upstream)
    await gate.agent.ok('fetch', '-q', 'origin')
    expect(await gate.agent.ok('rev-parse', 'origin/main')).toBe(tip)
    expect(await gate.refs()).toEqual(await gate.upstream.refs())
    await g.declare(gate.id, gate.upstream, { maxAgeMs: 3600_000 })
  })
})

test.each([
  ['is gone', () => g.ssh.goAway(), () => g.ssh.comeBack()],
  ['says nothing', () => g.ssh.behave('stuck'), () => g.ssh.behave('serve')],
] as const)('an upstream behind ssh that %s refuses within the deadline', async (_, fail, mend) => {
  const gate = await cloned('ssh')
  await gate.agent.commit('a.txt', 'a\n')
  const before = await gate.refs()
  await fail()
  const { code, output } = await gate.agent.git('push', '-q', 'origin', 'main')
  await mend()
  expect(code).not.toBe(0)
  expect(output).toMatch(/main -> main \((?:upstream is unreachable: \w|outcome unknown)/)
  expect(await gate.refs()).toEqual(before)
  expect(await gate.upstream.refs()).toEqual(before)
})

describe('while a hook of the upstream thinks about a push', () => {
  let gate: Gate
  /** Resolves when it has begun. */
  let begun: () => Promise<unknown>
  let goOn: () => Promise<void>

  beforeEach(async () => {
    gate = await cloned('https')
    const [start, go] = [join(g.world.dir, `${gate.id}.start`), join(g.world.dir, `${gate.id}.go`)]
    await new Promise((resolve) => spawn('mkfifo', [start, go]).on('close', resolve))
    await gate.upstream.setHook(
      'update',
      `case $1 in */slow) echo begun > '${start}'; cat '${go}' > /dev/null;; esac`,
    )
    begun = () => readFile(start)
    goOn = () => writeFile(go, 'go\n')
    await gate.agent.ok('checkout', '-q', '-b', 'slow')
    await gate.agent.commit('slow.txt', 'slow\n')
  })

  test('other branches are pushed and read, and its own is not shown before it has landed', async () => {
    const slow = gate.agent.git('push', '-q', 'origin', 'slow')
    await begun()
    await gate.agent.ok('push', '-q', 'origin', 'main:quick')
    expect(await gate.agent.ok('ls-remote', 'origin', 'refs/heads/*')).toMatch(/quick$/)
    await goOn()
    expect((await slow).code).toBe(0)
    expect(await gate.refs()).toEqual(await gate.upstream.refs())
    expect(await gate.refs()).toHaveLength(3)
  })

  test('a client that goes away does not stop it: it lands there, here, and in the log', async () => {
    const client = spawn('git', ['push', '-q', 'origin', 'slow'], {
      cwd: gate.agent.dir,
      detached: true,
      env: { ...process.env, ...configEnv(gate.agent.token ?? '') },
      stdio: 'ignore',
    })
    await begun()
    process.kill(-(client.pid ?? 0), 'SIGKILL')
    await once(client, 'close')
    await goOn()
    await vi.waitFor(async () => expect(await pushesOf(gate)).toHaveLength(1), { timeout: 10_000 })
    expect(await gate.refs()).toEqual(await gate.upstream.refs())
    expect(await gate.refs()).toHaveLength(2)
  })

  test('one that takes longer than the deadline is unknown; when it has landed after all, the next read shows it', async () => {
    const began = performance.now()
    const slow = gate.agent.git('push', '-q', 'origin', 'slow')
    await begun()
    expect((await slow).output).toContain('slow -> slow (outcome unknown)')
    expect(performance.now() - began).toBeLessThan((DEADLINE_SECONDS + 12) * 1000)
    expect(await gate.refs()).toHaveLength(1)
    await goOn()
    await vi.waitFor(async () => expect(await gate.upstream.refs()).toHaveLength(2), { timeout: 10_000 })
    await g.declare(gate.id, gate.upstream)
    expect(await gate.agent.ok('ls-remote', 'origin', 'refs/heads/slow')).not.toBe('')
    expect(await gate.refs()).toEqual(await gate.upstream.refs())
    expect(await pushesOf(gate)).toEqual([])
  })
})

describe('what the REST API writes goes the same way', () => {
  let gate: Gate
  const ask = async (method: string, path: string, body?: unknown) => {
    const init = body === undefined ? { method } : { method, body: JSON.stringify(body) }
    const answer = await g.world.owner.fetch(`${g.world.url}${gate.at}${path}`, init)
    const text = await answer.text()
    // eslint-disable-next-line @typescript-eslint/no-explicit-any
    return { status: answer.status, json: (text === '' ? null : JSON.parse(text)) as any }
  }
  const commit = (branch: string, path = 'rest.txt') =>
    ask('POST', '/commits', {
      branch,
      message: 'by REST',
      changes: [{ action: 'put', path, content: 'x\n' }],
    })

  beforeAll(async () => {
    gate = await cloned('https', 0)
  })

  test('commits, branches, tags, merges and deletions land at the upstream, which has no ref of ours', async () => {
    expect((await commit('main')).status).toBe(201)
    expect((await ask('POST', '/branches', { name: 'topic', startPoint: 'main' })).status).toBe(201)
    expect((await commit('topic', 'topic.txt')).status).toBe(201)
    expect((await ask('POST', '/tags', { name: 'v1', target: 'main' })).status).toBe(201)
    const opened = await ask('POST', '/pulls', { sourceBranch: 'topic', targetBranch: 'main', title: 't' })
    expect(opened.status).toBe(201)
    const { number } = opened.json as { number: number }
    expect((await ask('GET', `/pulls/${number}/mergeability`)).json).toMatchObject({ mergeability: 'clean' })
    expect(await ask('POST', `/pulls/${number}/merge`, {})).toMatchObject({ status: 200 })
    expect((await ask('DELETE', '/branches/topic')).status).toBe(204)
    const there = await gate.upstream.refs()
    expect(there.map((line) => line.split(' ')[0])).toEqual(['refs/heads/main', 'refs/tags/v1'])
    expect((await gate.refs()).filter((line) => !line.startsWith('refs/pull/'))).toEqual(there)
    const { stdout } = await runGit(['show', 'main:topic.txt'], { cwd: gate.upstream.gitDir })
    expect(stdout).toBe('x\n')
  })

  test('what the upstream refuses is a 409 with its words, and changes nothing', async () => {
    await gate.upstream.setHook('update', 'echo "main is frozen"; exit 1')
    const before = await gate.refs()
    const refused = await commit('main', 'frozen.txt')
    await gate.upstream.setHook('update', '')
    expect(refused.status).toBe(409)
    expect(refused.json).toMatchObject({
      error: {
        code: 'CONFLICT',
        details: {
          refusal: 'UPSTREAM_REFUSED',
          reason: 'upstream refused: hook declined',
          more: {
            upstream: '127.0.0.1',
            reason: 'hook declined',
            remarks: expect.arrayContaining(['main is frozen']) as unknown,
          },
        },
      },
    })
    expect(await gate.refs()).toEqual(before)
  })

  test('an upstream that does not take it is a 503 with the reason', async () => {
    g.https.behave({ status: 403 }, { only: 'receive-pack' })
    g.https.speakAtMost(0)
    const refused = await commit('main', 'forbidden.txt')
    g.https.behave('serve')
    g.https.speakAtMost(2)
    expect(refused.status).toBe(503)
    expect(refused.json).toMatchObject({
      error: {
        code: 'UNAVAILABLE',
        details: { refusal: 'UPSTREAM_UNAVAILABLE', more: { upstream: '127.0.0.1' } },
      },
    })
  })
})

function configEnv(token: string): Record<string, string> {
  return {
    GIT_CONFIG_COUNT: '1',
    GIT_CONFIG_KEY_0: 'http.extraHeader',
    GIT_CONFIG_VALUE_0: `Authorization: Bearer ${token}`,
  }
}
