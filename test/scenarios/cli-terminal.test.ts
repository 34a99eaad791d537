/** auth.md, section 5: the `sluice` command for somebody at a terminal, which script(1) makes. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { cliHome, cliScript, type CliHome } from '../support/cli.ts'
import { restWorld } from '../support/rest.ts'
import type { World } from '../support/world.ts'

let w: World
let home: CliHome
beforeAll(async () => {
  w = await restWorld()
  home = await cliHome()
})
afterAll(async () => {
  await home[Symbol.asyncDispose]()
  await w[Symbol.asyncDispose]()
})

/** @param typed what somebody types when he is asked, and the question that he waits for */
async function atTerminal(
  args: readonly string[],
  opts: { env?: Record<string, string | undefined>; typed?: { question: RegExp; answer: string } } = {},
) {
  const words = [process.execPath, await cliScript(), ...args].map((word) => `'${word}'`)
  const child = spawn('script', ['-qec', `stty cols 200; ${words.join(' ')}`, '/dev/null'], {
    env: {
      PATH: process.env['PATH'] ?? '',
      HOME: home.dir,
      SLUICE_URL: w.url,
      SLUICE_TOKEN: w.owner.token ?? '',
      TERM: 'xterm',
      ...opts.env,
    },
  })
  let seen = ''
  let { typed } = opts
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    seen += text
    if (!typed?.question.test(seen)) return
    child.stdin.write(`${typed.answer}\r`)
    typed = undefined
  })
  const [code] = (await once(child, 'close')) as [number]
  return { code, seen }
}

const ESCAPE = String.fromCharCode(0x1b)

test('a list has titles and aligned columns', async () => {
  const { code, seen } = await atTerminal(['repo', 'list'])
  expect(code).toBe(0)
  const [titles = '', row = ''] = seen.replaceAll(new RegExp(`${ESCAPE}\\[\\d+m`, 'g'), '').split('\r\n')
  expect(titles).toMatch(/^NAME +VISIBILITY +PUSHED +DESCRIPTION +ID$/)
  expect(row.indexOf('private')).toBe(titles.indexOf('VISIBILITY'))
})

test('colours appear, and not where NO_COLOR is set', async () => {
  expect((await atTerminal(['repo', 'list'])).seen).toContain(`${ESCAPE}[1m`)
  expect((await atTerminal(['repo', 'list'], { env: { NO_COLOR: '1' } })).seen).not.toContain(ESCAPE)
  expect((await atTerminal(['repo', 'list', '--json'])).seen).not.toContain(ESCAPE)
})

test('a new token comes with what to know about it', async () => {
  const { code, seen } = await atTerminal(['token', 'create', '--name', 'laptop'])
  expect(code).toBe(0)
  expect(seen).toMatch(/shown only now; sluice token revoke [\w-]+ ends it\r\nslc_personal_\w{49}\r\n$/)
})

test('a token is asked for without an echo', async () => {
  const answer = w.owner.token ?? ''
  const typed = { question: /Token for/, answer }
  const { code, seen } = await atTerminal(['login'], { env: { SLUICE_TOKEN: undefined }, typed })
  expect([code, seen.includes('signed in to')]).toEqual([0, true])
  expect(seen).not.toContain(answer.slice(-20))
})

test('a repository is deleted when its name was typed, and not when another was', async () => {
  await w.createRepo('doomed')
  const slug = 'acme/doomed'
  const type = (answer: string) =>
    atTerminal(['repo', 'delete', slug], { typed: { question: /Type acme\/doomed/, answer } })
  const unsure = await type('acme/other')
  expect([unsure.code, unsure.seen.includes('nothing was deleted')]).toEqual([130, true])
  expect((await type(slug)).code).toBe(0)
  expect(
    (
      await home.run(['repo', 'show', slug], {
        env: { SLUICE_URL: w.url, SLUICE_TOKEN: w.owner.token ?? '' },
      })
    ).code,
  ).toBe(5)
})
