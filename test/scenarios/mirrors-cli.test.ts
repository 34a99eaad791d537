/** Mirrors with the `sluice` command: the credential comes from stdin or a file, and is shown nowhere. */
import { randomUUID } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { cliHome } from '../support/cli.ts'
import { openGitHost, type GitHost } from '../support/git-host.ts'
import { restWorld, Stage } from '../support/rest.ts'
import type { World } from '../support/world.ts'

let w: World
let host: GitHost
beforeAll(async () => {
  host = await openGitHost()
  w = await restWorld({ SLUICE_OUTBOUND_ALLOW: '127.0.0.1' })
})
afterAll(async () => {
  await w[Symbol.asyncDispose]()
  await host[Symbol.asyncDispose]()
})

test('a mirror is set, shown, listed, pushed to and deleted', async () => {
  const stage = new Stage(w)
  await stage.create('ann', { name: 'app' })
  const token = await w.token(stage.accountOf('ann'), 'ann')
  await using home = await cliHome({ SLUICE_URL: w.url, SLUICE_TOKEN: token })
  const url = await host.create(`acme/${randomUUID()}`)
  const where = [`${stage.org}/app`, 'there']

  const set = await home.run(['mirror', 'set', ...where, '--url', url], { input: 'the-secret\n' })
  expect([set.code, set.stderr]).toEqual([0, ''])
  const file = join(w.dir, 'password')
  await writeFile(file, 'the-secret')
  const patterns = ['--ref', 'refs/heads/*', '--ref', 'refs/notes/*']
  const again = await home.run([
    ...['mirror', 'set', ...where, '--url', url, '--user', 'bot', '--credential-file', file],
    ...patterns,
  ])
  expect(again.code).toBe(0)
  expect((await home.run(['mirror', 'set', ...where, '--url', url, '--keep-credential'])).code).toBe(0)

  const second = ['mirror', 'set', where[0]!, 'second', '--url', url]
  const taken = await home.run(second, { input: 'the-secret\n' })
  expect([taken.code, taken.stderr]).toEqual([6, expect.stringContaining(`already (${where[0]})`)])

  const shown = await home.run(['mirror', 'show', ...where, '--json'])
  expect(JSON.parse(shown.stdout)).toMatchObject({ name: 'there', url, hasCredential: true })
  const listed = await home.run(['mirror', 'list', where[0]!])
  expect(listed.stdout).toContain(url)
  expect((await home.run(['mirror', 'push', ...where])).stdout).toBe('pushing to there\n')
  expect((await home.run(['mirror', 'delete', ...where])).code).toBe(0)
  expect((await home.run(['mirror', 'show', ...where])).code).not.toBe(0)
  expect(set.stdout + again.stdout + shown.stdout + listed.stdout).not.toContain('the-secret')
})
