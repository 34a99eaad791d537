/** The steps of the public compliance tool's probe, by its names: a host as its monitoring sees it. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { AUDIT_COMMITS, capabilities, ownerStatePushed, type StatePushed } from '../support/audit.ts'
import { graspWorld, remoteRefs, type GraspWorld } from '../support/grasp.ts'

let w: GraspWorld
let repository: StatePushed
beforeAll(async () => {
  w = await graspWorld()
  repository = await ownerStatePushed(w)
})
afterAll(() => w[Symbol.asyncDispose]())

describe('probe', () => {
  test('connect_websocket', async () => {
    await using connection = await w.connect()
    expect(connection.isOpen).toBe(true)
  })

  test('nip11_fetch', async () => {
    const answer = await fetch(w.url, { headers: { accept: 'application/nostr+json' } })
    expect(answer.status).toBe(200)
    expect(answer.headers.get('content-type')).toMatch(/^application\/nostr\+json\b/)
  })

  test('publish_events', () => {
    expect([repository.announcement.accepted, repository.state.accepted]).toEqual([true, true])
  })

  test('git_repo_initialised', async () => {
    expect(await capabilities(repository.url, 'git-receive-pack')).toContain('report-status')
  })

  test('git_push', () => {
    expect(repository.push.code).toBe(0)
  })

  test('git_fetch_refs', async () => {
    expect((await remoteRefs(repository.git, repository.url)).size).toBeGreaterThan(0)
  })

  test('git_refs_match_state', async () => {
    const main = AUDIT_COMMITS['Initial commit']
    const refs = Object.fromEntries(await remoteRefs(repository.git, repository.url))
    expect(refs).toEqual({ HEAD: main, 'refs/heads/main': main })
  })

  test('serves_latest_announcement', async () => {
    const newer = await w.announce(w.owner, repository.identifier, { maintainers: [w.maintainer], age: 0 })
    expect(newer.accepted).toBe(true)
    const filter = { kinds: [30_617], authors: [w.owner.pubkey], '#d': [repository.identifier] }
    expect(await w.req(filter)).toEqual([newer.event])
  })
})
