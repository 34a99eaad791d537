/** The tests of the public compliance tool, by its names: pull requests for repositories that are elsewhere. @see GRASP-06 */
import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { auditCommit, ownerStatePushed, pullRequest } from '../support/audit.ts'
import { graspWorld, remoteRefs, Signer, type GraspWorld } from '../support/grasp.ts'

let w: GraspWorld
beforeAll(async () => {
  w = await graspWorld()
})
afterAll(() => w[Symbol.asyncDispose]())

async function graspsOf(url: string): Promise<readonly string[]> {
  const answer = await fetch(url, { headers: { accept: 'application/nostr+json' } })
  return ((await answer.json()) as { supported_grasps: string[] }).supported_grasps
}

/** Of a repository that nobody has announced here. */
function elsewhere() {
  const identifier = w.identifier('audit-grasp06')
  const coordinate = `30617:${new Signer('somebody').pubkey}:${identifier}`
  return { identifier, coordinate, url: w.prsUrl(w.author, identifier) }
}

/** With a commit that no server has, and the address as its `origin`. */
async function contributor(url: string) {
  const git = await w.git('contributor')
  await git.start(url)
  return { git, tip: await git.commit('readme', `${randomBytes(8).toString('hex')}\n`) }
}

/** As long as a commit's id of SHA-256, and no commit's. */
const noCommit = () => randomBytes(32).toString('hex')

describe('grasp06', () => {
  test('nip11_advertises_grasp_06_when_enabled', async () => {
    expect(await graspsOf(w.url)).toContain('GRASP-06')
  })

  test('prs_namespace_404_when_grasp06_not_advertised', async () => {
    await using off = await graspWorld({ settings: { SLUICE_GRASP_PULL_REQUESTS: 'off' } })
    expect(await graspsOf(off.url)).not.toContain('GRASP-06')
    const url = off.prsUrl(off.author, 'audit-probe')
    for (const service of ['git-upload-pack', 'git-receive-pack'])
      expect((await fetch(`${url}/info/refs?service=${service}`)).status).toBe(404)
    expect((await fetch(url)).status).toBe(404)
  })

  test('prs_fetch_unknown_path_serves_empty_repo', async () => {
    const git = await w.git()
    await git.ok('clone', '-q', elsewhere().url, 'clone')
    expect(await git.ok('-C', 'clone', 'for-each-ref')).toBe('')
  })

  test('prs_push_refs_nostr_event_id_accepted', async () => {
    const { git } = await contributor(elsewhere().url)
    expect(await git.git('push', 'origin', `HEAD:refs/nostr/${noCommit()}`)).toMatchObject({ code: 0 })
  })

  test('prs_push_other_refs_rejected', async () => {
    for (const ref of ['refs/heads/main', 'refs/tags/v1', 'refs/nostr/123', 'refs/nostr/not-an-event']) {
      const { git } = await contributor(elsewhere().url)
      const { code, output } = await git.git('push', 'origin', `HEAD:${ref}`)
      expect([ref, code]).toEqual([ref, 1])
      expect(output).not.toMatch(/not found|error: 404/i)
    }
  })

  test('commit_mismatch_deletes_ref_and_blocks_promotion', async () => {
    const { url, coordinate } = elsewhere()
    const { git } = await contributor(url)
    const { event, accepted } = await w.publish(pullRequest(w, coordinate, { tip: noCommit(), clone: [url] }))
    expect(accepted).toBe(true)
    const ref = `refs/nostr/${event.id}`
    await git.git('push', 'origin', `HEAD:${ref}`)
    expect((await remoteRefs(git, url)).has(ref)).toBe(false)
    expect(await w.isServed(event)).toBe(false)
  })

  test('pr_event_accepted_when_clone_tag_names_prs_endpoint', async () => {
    const { url, coordinate } = elsewhere()
    const sent = await w.publish(pullRequest(w, coordinate, { tip: noCommit(), clone: [url] }))
    expect(sent).toMatchObject({ accepted: true })
  })

  test('pr_event_accepted_via_relaxation_is_held_in_purgatory', async () => {
    const { url, coordinate } = elsewhere()
    const { event } = await w.publish(pullRequest(w, coordinate, { tip: noCommit(), clone: [url] }))
    expect(await w.isServed(event)).toBe(false)
  })

  test('pr_event_rejected_when_clone_tag_does_not_name_prs_endpoint', async () => {
    const { url, coordinate } = elsewhere()
    const clone = [url.replace(w.url, 'https://another-grasp-server.example')]
    const sent = await w.publish(pullRequest(w, coordinate, { tip: noCommit(), clone }))
    expect(sent).toMatchObject({ accepted: false })
  })

  test('prs_push_mirrors_to_announced_repo', async () => {
    const { identifier, coordinate, url: announced } = await ownerStatePushed(w)
    const url = w.prsUrl(w.author, identifier)
    const { git, tip } = await contributor(url)
    const { event } = await w.publish(pullRequest(w, coordinate, { tip, clone: [url] }))
    const ref = `refs/nostr/${event.id}`
    await git.ok('push', '-q', 'origin', `HEAD:${ref}`)
    expect(await w.isServed(event)).toBe(true)
    expect((await remoteRefs(git, announced)).get(ref)).toBe(tip)
  })

  test('prs_push_then_pr_event_promotes_and_mirrors', async () => {
    const { identifier, coordinate, url: announced } = await ownerStatePushed(w)
    const url = w.prsUrl(w.author, identifier)
    const { git, tip } = await contributor(url)
    const event = pullRequest(w, coordinate, { tip, clone: [url] })
    const ref = `refs/nostr/${event.id}`
    await git.ok('push', '-q', 'origin', `HEAD:${ref}`)
    expect(await w.publish(event)).toMatchObject({ accepted: true })
    expect(await w.isServed(event)).toBe(true)
    expect((await remoteRefs(git, announced)).get(ref)).toBe(tip)
  })

  test('standard_push_does_not_mirror_to_prs', async () => {
    const { identifier, coordinate, git } = await ownerStatePushed(w)
    const tip = await auditCommit(git, 'PR test deterministic commit 2', 'pr')
    const { event } = await w.publish(pullRequest(w, coordinate, { tip }))
    await git.ok('push', '-q', 'origin', `pr:refs/nostr/${event.id}`)
    expect(await w.isServed(event)).toBe(true)
    expect((await remoteRefs(git, w.prsUrl(w.author, identifier))).size).toBe(0)
  })
})
