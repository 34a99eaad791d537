/** Refs move in every way there is while the server is killed: what was acknowledged is told, and nothing else. */
import { expect, test } from 'vitest'
import type { RepoId } from '../../src/kernel/ids.ts'
import { listenToHook } from '../support/crash-proof/hook-listener.ts'
import { runCrashProof } from '../support/crash-proof/run-crash-proof.ts'
import { openHost, type Host } from '../support/host.ts'
import { openReceiver } from '../support/receiver.ts'
import type { Told } from '../support/crash-proof/verdict.ts'

const REPOSITORIES = ['app', 'lib', 'web']

test('of 120 changes through 6 kills, every acknowledged one is told once and in order, in the log, the stream and a webhook', async () => {
  await using receiver = await openReceiver()
  await using host = await openHost({ program: 'main', settings: { SLUICE_OUTBOUND_ALLOW: '127.0.0.1' } })
  const hook = JSON.stringify({ url: receiver.url, eventTypes: ['push'] })
  const made = await host.owner.fetch(`${host.server.url}/orgs/acme/hooks`, { method: 'POST', body: hook })
  expect(made.status).toBe(201)
  const ids = [host.repoId, ...(await Promise.all(REPOSITORIES.slice(1).map((name) => host.addRepo(name))))]
  const verdict = await runCrashProof({
    server: { url: () => host.server.url, kill: () => host.server.kill(), start: () => startAgain(host) },
    headers: { authorization: `Bearer ${host.owner.token}` },
    repositories: REPOSITORIES.map((name, n) => ({ id: ids[n]!, path: `acme/${name}` })),
    movers: 6,
    changesEach: 20,
    kills: 6,
    seed: 5,
    log: async () => (await host.pushes()) as unknown as Told[],
    refsOf: (id) => host.refs(id as RepoId),
    hook: listenToHook(receiver),
  })
  expect(verdict).toMatchObject({ kills: 6, missing: 0, invented: [] })
  expect(verdict.stream).toMatchObject({ missing: [], invented: [], disordered: [] })
  expect(verdict.hook).toEqual({ missing: [], invented: [], disordered: [] })
  expect(verdict.acknowledged).toBeGreaterThan(60)
  expect(verdict.stream.connections).toBeGreaterThan(6)
}, 120_000)

async function startAgain(host: Host): Promise<void> {
  await host.endLeases()
  await host.start()
}
