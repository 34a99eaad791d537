/** gate.md, section 2: an upstream that cannot be asked, and what is read of its gate meanwhile. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { runGit } from '../support/actor.ts'
import { gateWorld, type Gate, type GateOptions, type GateWorld } from '../support/gate.ts'

let g: GateWorld
beforeAll(async () => {
  g = await gateWorld()
})
beforeEach(() => g.https.behave('serve'))
afterAll(() => g[Symbol.asyncDispose]())

async function cloned(opts: GateOptions = {}): Promise<Gate> {
  const gate = await g.gate(opts)
  await gate.agent.ok('clone', '-q', gate.url, '.')
  return gate
}

const rest = (gate: Gate, path: string) => g.world.owner.fetch(g.world.url + gate.at + path)

const UNREACHABLE = /upstream 127\.0\.0\.1 is unreachable: \w/

describe('an upstream that is gone', () => {
  test.each([
    ['v2', ['-c', 'protocol.version=2', 'fetch'], /fatal: remote error: upstream/],
    ['v0', ['-c', 'protocol.version=0', 'fetch'], /remote: upstream/],
    ['a push', ['push', 'origin', 'HEAD:refs/heads/mine'], /remote: upstream/],
  ])('is named to who reads, who gets nothing old (%s)', async (_name, args, form) => {
    const gate = await cloned()
    g.https.behave('die')
    const { code, output } = await gate.agent.git(...args)
    expect(output).toMatch(UNREACHABLE)
    expect(output).toMatch(form)
    expect(code).not.toBe(0)
  })

  test('is named by the API as well, with the time of the last refresh', async () => {
    const gate = await cloned()
    g.https.behave('die')
    const answer = await rest(gate, '/branches')
    expect(answer.status).toBe(503)
    expect(answer.headers.get('retry-after')).not.toBeNull()
    const { error } = (await answer.json()) as { error: { code: string; details: Record<string, string> } }
    expect(error).toMatchObject({
      code: 'UNAVAILABLE',
      details: { reason: expect.any(String), upstream: '127.0.0.1', lastRefreshAt: expect.any(String) },
    })
    expect(JSON.stringify(error)).not.toContain(g.https.password)
    expect(Date.now() - Date.parse(error.details['lastRefreshAt'] ?? '')).toBeLessThan(60_000)
  })

  test('is asked again by the next reader', async () => {
    const gate = await cloned()
    g.https.behave('die')
    expect((await rest(gate, '/branches')).status).toBe(503)
    g.https.behave('serve')
    expect((await rest(gate, '/branches')).status).toBe(200)
  })

  test('was never seen: nothing is shown, although old refs may be', async () => {
    const gate = await g.gate({ staleIfError: true })
    g.https.behave('die')
    expect((await rest(gate, '/branches')).status).toBe(503)
  })
})

describe('where old refs may be shown', () => {
  test('they are, and the API says how old they are', async () => {
    const gate = await cloned({ staleIfError: true })
    g.https.behave('die')
    const answer = await rest(gate, '/branches')
    expect(answer.status).toBe(200)
    expect(answer.headers.get('warning')).toBe('110 - "Response is Stale"')
    expect(Number(answer.headers.get('age'))).toBeLessThan(60)
    expect(await answer.json()).toMatchObject([{ name: 'main' }])
    g.https.behave('serve')
    expect((await rest(gate, '/branches')).headers.get('warning')).toBeNull()
  })

  test('who fetches is warned', async () => {
    const gate = await cloned({ staleIfError: true })
    await gate.upstream.commit('a', 'x\n')
    expect((await rest(gate, '/branches')).status).toBe(200)
    g.https.behave('die')
    const { code, output } = await gate.agent.git('fetch')
    expect(code).toBe(0)
    expect(output).toMatch(
      /remote: warning: upstream 127\.0\.0\.1 is unreachable: .+; this is what it had \d+ seconds? ago/,
    )
    g.https.behave('serve')
    await gate.upstream.commit('a', 'y\n')
    expect((await gate.agent.git('fetch')).output).not.toContain('warning')
  })

  test('within the window that the gate allows it is not asked in vain again', async () => {
    const gate = await cloned({ staleIfError: true, maxAgeMs: 0 })
    await g.declare(gate.id, gate.upstream, { staleIfError: true, maxAgeMs: 600_000 })
    g.https.behave('die')
    expect((await rest(gate, '/branches')).headers.get('warning')).not.toBeNull()
    const calls = g.https.calls.length
    expect((await rest(gate, '/branches')).headers.get('warning')).not.toBeNull()
    expect(g.https.calls.length).toBe(calls)
  })
})

test('an upstream that hangs is given up, and keeps the readers of no other gate waiting', async () => {
  const [hanging, other] = [await cloned(), await cloned({ transport: 'ssh' })]
  g.https.behave('hang')
  const ended: string[] = []
  const slow = rest(hanging, '/branches').then(({ status }) => ended.push(`hanging ${status}`))
  const quick = rest(other, '/branches').then(({ status }) => ended.push(`other ${status}`))
  await Promise.all([slow, quick])
  expect(ended).toEqual(['other 200', 'hanging 503'])
})

test('objects that git refuses are not taken over, and the reader is told so', async () => {
  const gate = await cloned()
  const inside = (args: string[], input: string) => runGit(args, { cwd: gate.upstream.gitDir, input })
  const tree = await gate.upstream.git('rev-parse', 'main^{tree}')
  const text = `tree ${tree}\nauthor nobody\ncommitter nobody <n@example.test> 1 +0000\n\nbad\n`
  const made = await inside(['hash-object', '-t', 'commit', '-w', '--stdin', '--literally'], text)
  await gate.upstream.git('update-ref', 'refs/heads/bad', made.stdout.trim())
  const answer = await rest(gate, '/branches')
  expect([answer.status, await answer.text()]).toEqual([503, expect.stringContaining('reason')])
  expect(await gate.refs()).not.toContainEqual(expect.stringContaining('refs/heads/bad'))
  await gate.upstream.git('update-ref', '-d', 'refs/heads/bad')
  expect((await rest(gate, '/branches')).status).toBe(200)
})

test('a gate that gets another upstream shows that one, whatever it allowed before', async () => {
  const [gate, another] = [await cloned({ maxAgeMs: 600_000 }), await g.gate()]
  const tip = await another.upstream.commit('a', 'other\n')
  await g.declare(gate.id, another.upstream, { maxAgeMs: 600_000 })
  const list = (await (await rest(gate, '/branches')).json()) as { headCommit: string }[]
  expect(list.map(({ headCommit }) => headCommit)).toEqual([tip])
})
