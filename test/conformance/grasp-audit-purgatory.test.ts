/** The tests of the public compliance tool, by its names: events wait for their git data. @see GRASP-01 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  AGES,
  AUDIT_COMMITS,
  auditCommit,
  ownerStatePushed,
  pullRequest,
  validRepoSent,
} from '../support/audit.ts'
import { graspWorld, type GraspWorld } from '../support/grasp.ts'

const WAITS = /^purgatory: /
const MAIN = { 'refs/heads/main': AUDIT_COMMITS['Initial commit'] }

let w: GraspWorld
beforeAll(async () => {
  w = await graspWorld()
})
afterAll(() => w[Symbol.asyncDispose]())

async function stateInPurgatory() {
  const repository = await validRepoSent(w)
  const state = await w.state(w.owner, repository.identifier, MAIN, {
    head: 'refs/heads/main',
    age: AGES.owner,
  })
  return { ...repository, state }
}

async function pullRequestSent() {
  const repository = await ownerStatePushed(w)
  const tip = await auditCommit(repository.git, 'PR test deterministic commit 2', 'pr')
  const sent = await w.publish(pullRequest(w, repository.coordinate, { tip }))
  return { ...repository, sent, ref: `refs/nostr/${sent.event.id}` }
}

describe('purgatory', () => {
  test('announcement_not_served_before_git_data', async () => {
    const { announcement } = await validRepoSent(w)
    expect(announcement).toMatchObject({ accepted: true, message: expect.stringMatching(WAITS) as string })
    expect(await w.isServed(announcement.event)).toBe(false)
  })

  test('announcement_served_after_git_push', async () => {
    const { announcement, git } = await stateInPurgatory()
    await git.ok('push', '-q', 'origin', 'main')
    expect(await w.isServed(announcement.event)).toBe(true)
  })

  test('bare_repo_exists_for_purgatory_announcement', async () => {
    const { url } = await validRepoSent(w)
    expect(await w.gitStatus(url)).toBe(200)
  })

  test('state_event_accepted_for_purgatory_announcement', async () => {
    const { identifier } = await validRepoSent(w)
    const state = await w.state(w.owner, identifier, { 'refs/heads/main': 'abc123' })
    expect(state).toMatchObject({ accepted: true, message: expect.stringMatching(WAITS) as string })
  })

  test('state_event_not_served_before_git_data', async () => {
    const { state } = await stateInPurgatory()
    expect(state).toMatchObject({ accepted: true, message: expect.stringMatching(WAITS) as string })
    expect(await w.isServed(state.event)).toBe(false)
  })

  test('state_event_served_after_git_push', async () => {
    const { state, git } = await stateInPurgatory()
    await git.ok('push', '-q', 'origin', 'main')
    expect(await w.isServed(state.event)).toBe(true)
  })

  test('pr_event_accepted_into_purgatory', async () => {
    const { sent } = await pullRequestSent()
    expect(sent).toMatchObject({ accepted: true, message: expect.stringMatching(WAITS) as string })
    expect(await w.isServed(sent.event)).toBe(false)
  })

  test('pr_event_in_purgatory_git_push_accepted', async () => {
    const { git, ref } = await pullRequestSent()
    expect((await git.git('push', 'origin', `pr:${ref}`)).code).toBe(0)
  })

  test('pr_event_served_after_git_push', async () => {
    const { git, ref, sent } = await pullRequestSent()
    await git.ok('push', '-q', 'origin', `pr:${ref}`)
    expect(await w.isServed(sent.event)).toBe(true)
  })

  test('deletion_by_event_id_removes_purgatory_state_event', async () => {
    const { state, git } = await stateInPurgatory()
    const tags = [
      ['e', state.event.id],
      ['k', '30618'],
    ]
    expect(await w.publish(w.owner.sign({ kind: 5, tags }))).toMatchObject({ accepted: true })
    expect((await git.git('push', 'origin', 'main', '--force')).code).not.toBe(0)
  })

  test('deletion_by_coordinate_removes_purgatory_state_event', async () => {
    const { identifier, git } = await stateInPurgatory()
    const tags = [
      ['a', `30618:${w.owner.pubkey}:${identifier}`],
      ['k', '30618'],
    ]
    expect(await w.publish(w.owner.sign({ kind: 5, tags }))).toMatchObject({ accepted: true })
    expect((await git.git('push', 'origin', 'main', '--force')).code).not.toBe(0)
  })
})
