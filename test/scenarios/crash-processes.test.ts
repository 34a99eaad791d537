/** Processes that are killed under a request: the launcher, the server; and a server that is asked to stop. */
import { once } from 'node:events'
import type { ClientRequest, IncomingMessage } from 'node:http'
import { randomBytes } from 'node:crypto'
import { expect, test, vi } from 'vitest'
import type { Actor } from '../support/actor.ts'
import { aroundQuarantine } from '../support/between.ts'
import { openHost } from '../support/host.ts'
import { leftovers, repositoriesOf } from '../support/leftovers.ts'
import { descendantsOf, gitsOf, isRunning, launcherOf } from '../support/processes.ts'
import { commandBody, openRaw, pushBody, readAnswer, readBands } from '../support/raw-git.ts'
import { world } from '../support/world.ts'

const BIG = 16 * 1024 * 1024

test('the launcher is killed under a push: nothing was applied, the answer says try again, and again works', async () => {
  let kill = true
  const between = aroundQuarantine((real) => ({
    receive: async (pack, opts) => {
      const received = real.receive(pack, opts)
      received.catch(() => {})
      if (kill) await killLauncherUnderGit()
      kill = false
      await received
    },
  }))
  await using w = await world({ between })
  await w.agent.start(w.repo.url)
  const head = await w.agent.commit('a.bin', randomBytes(BIG))
  const first = await w.agent.git('push', 'origin', 'main')
  expect(first.output).toMatch(/HTTP 503|git was restarted; try again/)
  expect(first.code).not.toBe(0)
  expect((await w.onServer('for-each-ref')).output).toBe('')
  expect(await leftovers(repositoriesOf(w.dir))).toEqual([])
  expect(await w.has(head)).toBe(false)

  expect((await w.agent.git('push', 'origin', 'main')).output).toContain('[new branch]')
  expect(await w.pushes()).toHaveLength(1)
})

test('the launcher is killed under a clone: the answer breaks off instead of ending, and the next clone works', async () => {
  await using w = await world()
  await w.agent.start(w.repo.url)
  const head = await w.agent.commit('a.bin', randomBytes(BIG))
  await w.agent.ok('push', 'origin', 'main')

  const request = openRaw(w.agent, `${w.repo.url}/git-upload-pack`, {
    headers: { 'git-protocol': 'version=2' },
  })
  request.end(commandBody('fetch', [`want ${head}`, 'done']))
  const [answer] = (await once(request, 'response')) as [IncomingMessage]
  await once(answer, 'readable')
  await killLauncherUnderGit()
  await expect(readToEnd(answer)).rejects.toThrow('aborted')

  const cloned = await w.owner.git('clone', '-q', w.repo.url, 'copy')
  expect(cloned.output).toBe('')
})

test('when the server is killed its git processes end too, and the next start finds nothing of theirs', async () => {
  await using host = await openHost()
  const { request } = await halfPush(host.owner, host.repoUrl, host.server.pid)
  const below = descendantsOf(host.server.pid)
  expect(below.length).toBeGreaterThanOrEqual(2)
  request.on('error', () => {}) // the server is gone
  await host.server.kill()
  await vi.waitFor(() => expect(below.filter(({ pid }) => isRunning(pid))).toEqual([]), { timeout: 5_000 })

  await host.start()
  expect(await host.leftovers()).toEqual([])
  expect(await host.refs()).toEqual(new Map())
})

test('SIGTERM lets a push that is under way end, and takes no other', async () => {
  await using host = await openHost({ program: 'main' })
  const { request, rest, tip } = await halfPush(host.owner, host.repoUrl, host.server.pid)
  host.server.signal('SIGTERM')
  await vi.waitFor(() => expect(fetch(host.server.url)).rejects.toThrow(), { timeout: 5_000, interval: 20 })

  const answered = readAnswer(request)
  request.end(rest)
  expect(readBands((await answered).body).report).toEqual(['unpack ok', 'ok refs/heads/main'])
  expect(await host.server.ended).toBe(0)
  expect(await host.refs()).toEqual(new Map([['refs/heads/main', tip]]))
  expect(await host.pushes()).toHaveLength(1)
  expect(await host.leftovers()).toEqual([])
})

/** This process is the server: see world.ts. */
async function killLauncherUnderGit(): Promise<void> {
  await vi.waitFor(() => expect(gitsOf(process.pid)).not.toEqual([]), { timeout: 5_000, interval: 5 })
  process.kill(launcherOf(process.pid), 'SIGKILL')
}

interface HalfPush {
  readonly request: ClientRequest
  /** What was not sent yet. */
  readonly rest: Buffer
  readonly tip: string
}

/** A first push to `main` of which git has one half. */
async function halfPush(actor: Actor, repoUrl: string, serverPid: number): Promise<HalfPush> {
  await actor.start(repoUrl)
  const tip = await actor.commit('a.bin', randomBytes(BIG))
  const body = pushBody({ updates: [{ ref: 'refs/heads/main', new: tip }], pack: await actor.pack(tip) })
  const request = openRaw(actor, `${repoUrl}/git-receive-pack`)
  request.write(body.subarray(0, BIG / 2))
  await vi.waitFor(() => expect(gitsOf(serverPid)).not.toEqual([]), { timeout: 5_000 })
  return { request, rest: body.subarray(BIG / 2), tip }
}

async function readToEnd(answer: IncomingMessage): Promise<void> {
  for await (const _chunk of answer);
}
