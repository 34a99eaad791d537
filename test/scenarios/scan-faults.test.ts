/** gate.md, section 3: nothing is skipped. A scan that cannot be done refuses the push; a gate passes nothing on. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { secretScan, type SecretScanParts } from '../../src/rooms/scan/secret-scan-policy.ts'
import { defaultRules } from '../../src/scanner/rules/default-rules.ts'
import type { QuarantinedPush } from '../../src/kernel/policy.ts'
import { ANONYMOUS } from '../../src/kernel/principal.ts'
import type { Oid } from '../../src/kernel/ids.ts'
import { gateWorld, type GateWorld } from '../support/gate.ts'
import { fakeToken, RULE } from '../support/scanned.ts'
import { world } from '../support/world.ts'

let w: GateWorld
beforeAll(async () => {
  w = await gateWorld()
})
afterAll(() => w[Symbol.asyncDispose]())

test('a gate is scanned unless its owner says otherwise: what is refused never reaches the upstream', async () => {
  const { agent, url, at, upstream } = await w.gate()
  await agent.ok('clone', '-q', url, '.')
  const before = await upstream.refs()
  await agent.commit('key', fakeToken())
  const run = await agent.git('push', 'origin', 'main')
  expect(run.output).toContain(`${RULE}: key:1`)
  expect(await upstream.refs()).toEqual(before)
  const off = { method: 'PUT', body: JSON.stringify({ enabled: false }) }
  expect((await w.world.owner.fetch(`${w.world.url}${at}/scan`, off)).status).toBe(200)
  expect((await agent.git('push', 'origin', 'main')).code).toBe(0)
  expect(await upstream.refs()).not.toEqual(before)
})

test('a secret that the upstream has already does not block', async () => {
  const { agent, url, upstream } = await w.gate()
  await upstream.commit('legacy.conf', `a\nb\nc\ntoken = ${fakeToken()}\nd\n`)
  await agent.ok('clone', '-q', url, '.')
  await agent.commit('legacy.conf', `${await agent.ok('show', 'HEAD:legacy.conf')}\nmore\n`)
  await agent.commit('beside', '1')
  expect((await agent.git('push', 'origin', 'main')).output).not.toContain('secret found')
})

test('a rule file that is broken refuses the start, with its name and line', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'sluice-rules-'))
  try {
    await writeFile(join(dir, 'strict.toml'), '[[rules]]\nid = "a"\nregex = "("\n')
    await expect(world({ settings: { SLUICE_SCAN_RULES_DIR: dir } })).rejects.toThrow(/strict\.toml:\d/)
  } finally {
    await rm(dir, { recursive: true })
  }
})

/** A push of one new blob, and a policy whose parts can be exchanged. */
function asked(over: Partial<SecretScanParts>) {
  const oid = '1'.repeat(40) as Oid
  const kept: Oid[] = []
  const parts: SecretScanParts = {
    scans: { of: () => Promise.resolve({ enabled: true, rules: 'default', allow: [], approvalWaitMs: 0 }) },
    ruleSets: new Map([['default', defaultRules()]]),
    verdicts: {
      unknown: (_version, oids) => Promise.resolve(oids),
      add: (_version, oids) => Promise.resolve(void kept.push(...oids)),
    },
    scanner: { scan: () => Promise.resolve([]) },
    approvals: { of: () => Promise.resolve(new Map()), request: () => Promise.resolve() },
    clock: Date,
    fingerprintOf: () => '0'.repeat(32),
    waits: { until: (_push, _waitMs, judged) => Promise.resolve(judged) },
    deadlineMs: 60_000,
    ...over,
  }
  const objects = {
    async *pushed() {
      yield await Promise.resolve([{ oid, type: 'blob', bytes: 1 }])
    },
    contents: () => [],
    git: () => Promise.resolve(''),
  }
  const repo = { orgSlug: 'acme', slug: 'app' }
  const signal = new AbortController().signal
  const said = { principal: ANONYMOUS, updates: [], options: [], progress: () => {} }
  const push = { repo, objects, signal, ...said } as unknown as QuarantinedPush
  return { kept, answer: () => Promise.resolve(secretScan(parts).onObjects?.(push)) }
}

describe('a scan that cannot be done lets nothing pass and remembers nothing', () => {
  test('the scanner fails', async () => {
    const { answer, kept } = asked({ scanner: { scan: () => Promise.reject(new Error('the worker died')) } })
    await expect(answer()).rejects.toThrow('the worker died')
    expect(kept).toEqual([])
  })

  test('it takes longer than the deadline', async () => {
    const scan: SecretScanParts['scanner']['scan'] = (_rules, _contents, opts) =>
      new Promise((_, reject) =>
        opts?.signal?.addEventListener('abort', () => reject(new Error('aborted')), { once: true }),
      )
    const { answer, kept } = asked({ scanner: { scan }, deadlineMs: 1 })
    expect(await answer()).toMatchObject([{ ref: null, code: 'DEADLINE' }])
    expect(kept).toEqual([])
  })

  test('the rule set is not there any more, or the settings cannot be read', async () => {
    await expect(asked({ ruleSets: new Map() }).answer()).rejects.toThrow('default')
    const scans = { of: () => Promise.reject(new Error('no database')) }
    await expect(asked({ scans }).answer()).rejects.toThrow('no database')
  })

  test('more is in an object than can be told, whatever is approved', async () => {
    const found = [{ oid: '1'.repeat(40), findings: [], more: true }]
    const scanner = { scan: () => Promise.resolve(found) }
    const approve = new Map([['0'.repeat(32), { state: 'approved', expiresAt: Infinity } as never]])
    const approvals = { of: () => Promise.resolve(approve), request: () => Promise.resolve() }
    expect(await asked({ scanner, approvals }).answer()).toMatchObject([{ code: 'SECRET_FOUND' }])
  })

  test('and where nothing is found, it passes and is remembered', async () => {
    const { answer, kept } = asked({})
    expect([await answer(), kept.length]).toEqual([[], 1])
  })
})
