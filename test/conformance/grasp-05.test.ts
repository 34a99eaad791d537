/** Copies of repositories that do not name this server. @see GRASP-05 */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { graspWorld, remoteRefs, type GraspWorld } from '../support/grasp.ts'

/** Hosts the repository. */
let origin: GraspWorld
let archive: GraspWorld
beforeAll(async () => {
  const settings = {
    SLUICE_GRASP_ARCHIVE: 'all',
    SLUICE_GRASP_SYNC: 'on',
    SLUICE_GRASP_SYNC_PATIENCE_SECONDS: '0',
    SLUICE_GRASP_ALLOW_PRIVATE: 'on',
  }
  ;[origin, archive] = await Promise.all([graspWorld(), graspWorld({ settings })])
})
afterAll(async () => {
  await Promise.all([origin[Symbol.asyncDispose](), archive[Symbol.asyncDispose]()])
})

test('a repository that does not name this server is followed, and nobody pushes to it', async () => {
  const { identifier, announcement, state, actor, head } = await origin.hosted()
  await using relay = await archive.connect()
  const subscription = relay.subscribe({ ids: [state.id] })
  for (const event of [announcement, state]) expect((await relay.publish(event)).accepted).toBe(true)
  await relay.next(subscription)
  const url = archive.cloneUrl(origin.owner, identifier)
  expect((await remoteRefs(actor, url)).get('refs/heads/main')).toBe(head)

  const next = await actor.commit('readme', 'next\n')
  await archive.publish(
    archive.declaration(origin.owner, identifier, { 'refs/heads/main': next }, { age: 1 }),
  )
  const pushed = await actor.git('push', url, 'main')
  expect(pushed.code).not.toBe(0)
  expect(pushed.output).toMatch(/archived|error: 403/)
  expect((await remoteRefs(actor, url)).get('refs/heads/main')).toBe(head)
})

test('one whose git data is nowhere is not shown', async () => {
  const announcement = origin.announcement(origin.owner, origin.identifier())
  const { accepted, message } = await archive.publish(announcement)
  expect([accepted, message]).toEqual([true, expect.stringMatching(/^purgatory: /)])
  expect(await archive.isServed(announcement)).toBe(false)
})

test('what is kept beyond the usual is said in the document of the relay', async () => {
  const document = async ({ url }: GraspWorld) => {
    const answer = await fetch(url, { headers: { accept: 'application/nostr+json' } })
    return (await answer.json()) as { supported_grasps: string[]; curation?: string }
  }
  expect(await document(archive)).toMatchObject({
    supported_grasps: expect.arrayContaining(['GRASP-05']) as string[],
    curation: expect.stringMatching(/\w/) as string,
  })
  expect((await document(origin)).supported_grasps).not.toContain('GRASP-05')
})

test('a server that keeps no copies refuses it', async () => {
  const { announcement } = await archive.hosted()
  expect((await origin.publish(announcement)).accepted).toBe(false)
})
