/** auth.md, section 5: the client library in a page of another origin, in a real browser, against a real server. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { build } from 'esbuild'
import { afterAll, beforeAll, expect } from 'vitest'
import type * as client from '../../src/client/index.ts'
import { testWithChromium } from '../support/chromium.ts'
import { world, type World } from '../support/world.ts'

/** What the page's own script leaves there. */
declare const sluice: typeof client

let page: { readonly origin: string; close(): Promise<void> }
let w: World
beforeAll(async () => {
  page = await servePage()
  w = await world({ settings: { CORS_ORIGINS: page.origin } })
})
afterAll(async () => {
  await w[Symbol.asyncDispose]()
  await page.close()
})

/** One page with the library in it, on an origin that is not the server's. */
async function servePage() {
  const { outputFiles } = await build({
    entryPoints: [join(import.meta.dirname, '../../src/client/index.ts')],
    bundle: true,
    platform: 'browser',
    format: 'iife',
    globalName: 'sluice',
    write: false,
  })
  const script = outputFiles[0]?.text ?? ''
  const server = createServer((request, response) => {
    const isScript = request.url === '/sluice.js'
    response.writeHead(200, { 'content-type': isScript ? 'text/javascript' : 'text/html' })
    response.end(isScript ? script : '<!doctype html><title>page</title><script src="/sluice.js"></script>')
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

testWithChromium('a page exchanges its token, reads, writes and turns pages', async (browser) => {
  const tab = await browser.newPage()
  await tab.goto(page.origin)
  const told = await tab.evaluate(
    async ({ url, login }) => {
      const { CredentialCache, exchangeWith, SluiceClient } = sluice
      const cache = new CredentialCache({
        exchange: exchangeWith({ server: url, subjectToken: () => login }),
      })
      const owner = new SluiceClient({ baseUrl: url, credential: cache.for('', '') })
      const changes = [{ action: 'put', path: 'a.txt', content: 'from a page\n' }] as const
      const [org, repo] = ['acme', 'app']
      await owner.commits.create({ org, repo, body: { branch: 'main', message: 'begin', changes } })
      for (const name of ['one', 'two', 'three']) {
        await owner.branches.create({ org, repo, body: { name, startPoint: 'main' } })
      }
      const branches: string[] = []
      for await (const { name } of owner.branches.list({ org, repo, query: { limit: 2 } }))
        branches.push(name)
      const raw = await owner.files.raw({ org, repo, path: 'main/a.txt' })
      return { branches, text: await raw.text() }
    },
    { url: w.url, login: w.owner.token ?? '' },
  )
  expect(told).toEqual({ branches: ['main', 'one', 'three', 'two'], text: 'from a page\n' })
})

testWithChromium(
  'a page is told by code what failed, and renews a token that was revoked',
  async (browser) => {
    const tab = await browser.newPage()
    await tab.goto(page.origin)
    const told = await tab.evaluate(
      async ({ url, login }) => {
        const { CredentialCache, exchangeWith, SluiceClient, SluiceError } = sluice
        const cache = new CredentialCache({
          exchange: exchangeWith({ server: url, subjectToken: () => login }),
        })
        const owner = new SluiceClient({ baseUrl: url, credential: cache.for('', '') })
        const first = await cache.token('', '')
        await owner.oauth.revoke({ body: { token: first } })
        await owner.tokens.whoAmI()
        const failure = await owner.repos.get({ org: 'acme', repo: 'none' }).catch((error: unknown) => error)
        const isTyped = failure instanceof SluiceError
        return {
          renewed: (await cache.token('', '')) !== first,
          failure: isTyped && {
            code: failure.code,
            status: failure.status,
            hasId: failure.requestId !== null,
          },
        }
      },
      { url: w.url, login: w.owner.token ?? '' },
    )
    expect(told).toEqual({ renewed: true, failure: { code: 'NOT_FOUND', status: 404, hasId: true } })
  },
)

testWithChromium('a page that is pointed elsewhere goes nowhere', async (browser) => {
  await w.owner.fetch(`${w.url}/repos/acme/app`, {
    method: 'PATCH',
    body: JSON.stringify({ name: 'renamed' }),
  })
  const tab = await browser.newPage()
  await tab.goto(page.origin)
  const code = await tab.evaluate(
    async ({ url, login }) => {
      const owner = new sluice.SluiceClient({ baseUrl: url, credential: login })
      const failure = await owner.repos.get({ org: 'acme', repo: 'app' }).catch((error: unknown) => error)
      return failure instanceof sluice.SluiceError ? failure.code : String(failure)
    },
    { url: w.url, login: w.owner.token ?? '' },
  )
  expect(code).toBe('REDIRECTED')
})
