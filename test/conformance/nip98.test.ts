/** Proofs of keys where nobody needs one: good ones are taken, others refused, and none gives a right. @see NIP-98 */
import { finalizeEvent } from 'nostr-tools/pure'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { graspWorld, type GraspWorld, type Signer } from '../support/grasp.ts'
import { world } from '../support/world.ts'

let w: GraspWorld
let hosted: Awaited<ReturnType<GraspWorld['hosted']>>

beforeAll(async () => {
  w = await graspWorld()
  hosted = await w.hosted()
})
afterAll(() => w[Symbol.asyncDispose]())

function proof(by: Signer, u: string): string {
  const tags = [
    ['u', u],
    ['method', 'GET'],
  ]
  const event = finalizeEvent(
    { kind: 27_235, created_at: Math.floor(Date.now() / 1_000), tags, content: '' },
    by.secret,
  )
  return Buffer.from(JSON.stringify(event)).toString('base64')
}

async function statusWith(authorization: string, at: string): Promise<number> {
  const answer = await fetch(at, { headers: { authorization } })
  await answer.arrayBuffer()
  return answer.status
}

test('a proof for a repository opens it, like no credential at all', async () => {
  const at = `${hosted.url}/info/refs?service=git-receive-pack`
  expect(await statusWith(`Nostr ${proof(w.stranger, hosted.url)}`, at)).toBe(200)
  const password = Buffer.from(`nostr:${proof(w.owner, hosted.url)}`).toString('base64')
  expect(await statusWith(`Basic ${password}`, at)).toBe(200)
})

test('a proof for another repository is refused, though nobody needs one', async () => {
  const at = `${hosted.url}/info/refs?service=git-upload-pack`
  expect(await statusWith(`Nostr ${proof(w.owner, `${hosted.url}x`)}`, at)).toBe(401)
  expect(await statusWith('Nostr eyJ9', at)).toBe(401)
})

test('the key of an owner is no way into the API', async () => {
  for (const path of ['/whoami', `/repos/${w.owner.npub}/${hosted.identifier}`]) {
    const at = `${w.url}${path}`
    expect(await statusWith(`Nostr ${proof(w.owner, at)}`, at)).toBe(401)
    expect(await statusWith(`Nostr ${proof(w.owner, hosted.url)}`, at)).toBe(401)
  }
})

test('where events decide nothing, a proof is no credential', async () => {
  await using other = await world()
  const at = `${other.url}${new URL(hosted.url).pathname}`
  expect(await statusWith(`Nostr ${proof(w.owner, at)}`, `${at}/info/refs?service=git-upload-pack`)).toBe(401)
})
