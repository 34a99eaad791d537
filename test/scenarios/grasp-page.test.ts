/** The pages that people see who open the clone URL of an announced repository. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { pullRequest } from '../support/audit.ts'
import { graspWorld, type GraspWorld } from '../support/grasp.ts'

let w: GraspWorld
beforeAll(async () => {
  w = await graspWorld()
})
afterAll(() => w[Symbol.asyncDispose]())

interface Page {
  readonly status: number
  readonly headers: Headers
  readonly text: string
}

async function pageAt(url: string, init: RequestInit = {}): Promise<Page> {
  const answer = await fetch(url, init)
  return { status: answer.status, headers: answer.headers, text: await answer.text() }
}

test('the page names the repository, its maintainers, its refs, and how to clone it', async () => {
  const tags = [['description', 'What <it> is']]
  const { url, head, actor, identifier } = await w.hosted(w.owner, { maintainers: [w.maintainer], tags })
  const page = await pageAt(url)
  expect(page.status).toBe(200)
  expect(page.text).toContain(`${identifier} by owner`)
  expect(page.text).toContain('What &lt;it&gt; is')
  expect(page.text).toContain(w.owner.npub)
  expect(page.text).toContain(w.maintainer.npub)
  expect(page.text).toContain(head.slice(0, 10))
  expect(page.text).toContain(`nostr://${w.owner.npub}/`)
  expect(page.text).toContain('https://gitworkshop.dev/')
  const [, command = ''] = /<pre>git (clone [^\n]*)\n/.exec(page.text) ?? []
  await actor.ok(...command.split(' '), 'clone')
  expect(await actor.ok('-C', 'clone', 'rev-parse', 'HEAD')).toBe(head)
})

test('it loads and runs nothing, and HEAD says the same as GET', async () => {
  const { url } = await w.hosted()
  const [page, head] = [await pageAt(url), await pageAt(url, { method: 'HEAD' })]
  expect(page.headers.get('content-security-policy')).toMatch(/^default-src 'none'; style-src 'sha256-/)
  expect(page.text).not.toMatch(/<script|<img|<link/)
  expect([head.status, head.text]).toEqual([200, ''])
  expect(head.headers.get('content-length')).toBe(`${Buffer.byteLength(page.text)}`)
})

test('a repository in purgatory has a page that says for what it waits', async () => {
  const identifier = w.identifier()
  await w.announce(w.owner, identifier)
  expect((await pageAt(w.cloneUrl(w.owner, identifier))).text).toContain('waiting for its git data')
})

test('where tips for a repository of another host are kept, they are shown', async () => {
  const identifier = w.identifier()
  const url = w.prsUrl(w.author, identifier)
  expect((await pageAt(url)).status).toBe(404)
  const git = await w.git('author')
  await git.start(url)
  const tip = await git.commit('readme', 'mine\n')
  const event = pullRequest(w, `30617:${w.stranger.pubkey}:${identifier}`, { tip, clone: [url] })
  await w.publish(event)
  await git.ok('push', '-q', 'origin', `HEAD:refs/nostr/${event.id}`)
  const page = await pageAt(url)
  expect(page.status).toBe(200)
  expect(page.text).toContain(event.id)
  expect(page.text).toContain(tip.slice(0, 10))
})

test.each(['no-such.git', 'no-such', '%2e%2e.git', `${'x'.repeat(300)}.git`])(
  'at /<npub>/%s there is a page that says that there is nothing',
  async (path) => {
    const page = await pageAt(`${w.url}/${w.owner.npub}/${path}`)
    expect([page.status, page.headers.get('content-type')]).toEqual([404, 'text/html; charset=utf-8'])
    expect(page.text).toContain('no such repository')
  },
)

test('a private service shows strangers no page, of what is there and of what is not', async () => {
  await using host = await graspWorld({ settings: { SLUICE_GRASP_MEMBERS: w.owner.npub } })
  const pages = await Promise.all(['there', 'not-there'].map((name) => pageAt(host.cloneUrl(w.owner, name))))
  expect(pages.map(({ status, text }) => ({ status, text }))).toEqual(
    Array(2).fill({ status: 401, text: '' }),
  )
})
