/** The tests of the public compliance tool, by its names: what a push may change. @see GRASP-01 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  AUDIT_COMMITS,
  auditCommit,
  capabilities,
  headSetToDevelop,
  maintainerStatePushed,
  ownerStatePushed,
  pullRequest,
  recursiveStatePushed,
  validRepoSent,
} from '../support/audit.ts'
import { graspWorld, remoteRefs, type GraspWorld } from '../support/grasp.ts'

let w: GraspWorld
beforeAll(async () => {
  w = await graspWorld()
})
afterAll(() => w[Symbol.asyncDispose]())

/** PRWrongCommitPushedBeforeEvent: under the id of an event that nobody has seen. */
async function wrongCommitPushed() {
  const repository = await ownerStatePushed(w)
  const event = pullRequest(w, repository.coordinate)
  const ref = `refs/nostr/${event.id}`
  await repository.git.commit('test.txt', 'wrong\n', 'wrong commit')
  return { ...repository, event, ref, push: await repository.git.git('push', 'origin', `HEAD:${ref}`) }
}

/** PREventSentAfterWrongPush. */
async function eventSentAfterWrongPush() {
  const repository = await wrongCommitPushed()
  return { ...repository, sent: await w.publish(repository.event) }
}

/** What HEAD is, as the server says it in protocol v0. */
async function defaultBranch(url: string): Promise<string | undefined> {
  const symref = (await capabilities(url)).find((word) => word.startsWith('symref=HEAD:'))
  return symref?.slice('symref=HEAD:'.length)
}

describe('push', () => {
  test('push_rejected_without_state_event', async () => {
    const { git } = await validRepoSent(w)
    expect((await git.git('push', 'origin', 'main', '--force')).code).not.toBe(0)
  })

  test('push_authorized_by_owner_state', async () => {
    const { push, served } = await ownerStatePushed(w)
    expect([push.code, served]).toEqual([0, { before: false, after: true }])
  })

  test('push_rejected_wrong_commit', async () => {
    const { git, url } = await ownerStatePushed(w)
    await git.commit('test.txt', 'unauthorised\n')
    expect((await git.git('push', 'origin', 'main', '--force')).code).not.toBe(0)
    expect((await remoteRefs(git, url)).get('refs/heads/main')).toBe(AUDIT_COMMITS['Initial commit'])
  })

  test('push_authorized_by_maintainer_state_only', async () => {
    const { push, served } = await maintainerStatePushed(w)
    expect([push.code, served]).toEqual([0, { before: false, after: true }])
  })

  test('push_authorized_by_recursive_maintainer_state', async () => {
    const { push, served } = await recursiveStatePushed(w)
    expect([push.code, served]).toEqual([0, { before: false, after: true }])
  })

  test('non_maintainer_state_rejected', async () => {
    const { git, identifier } = await ownerStatePushed(w)
    const head = await git.commit('test.txt', 'rogue\n')
    const rogue = await w.state(w.stranger, identifier, { 'refs/heads/main': head }, { age: 0 })
    expect(rogue.accepted).toBe(false)
    expect((await git.git('push', 'origin', 'main', '--force')).code).not.toBe(0)
  })

  test('push_to_nostr_ref_with_invalid_event_id_rejected', async () => {
    const { git } = await validRepoSent(w)
    expect((await git.git('push', 'origin', 'HEAD:refs/nostr/123')).code).not.toBe(0)
  })

  test('pr_push_to_nostr_ref_with_wrong_commit_accepted_before_event_received', async () => {
    expect((await wrongCommitPushed()).push.code).toBe(0)
  })

  test('pr_event_published_removes_nostr_ref_at_incorrect_commit', async () => {
    const { git, url, ref, sent } = await eventSentAfterWrongPush()
    expect(sent.accepted).toBe(true)
    expect((await remoteRefs(git, url)).has(ref)).toBe(false)
  })

  test('push_to_nostr_ref_with_wrong_commit_after_event_received_rejected', async () => {
    const { git, ref } = await eventSentAfterWrongPush()
    expect((await git.git('push', '--force', 'origin', `HEAD:${ref}`)).code).not.toBe(0)
  })

  test('push_to_nostr_ref_with_correct_commit_after_event_received_accepted_and_event_served', async () => {
    const { git, ref, event } = await eventSentAfterWrongPush()
    expect(await w.isServed(event)).toBe(false)
    await auditCommit(git, 'PR test deterministic commit', 'pr')
    expect((await git.git('push', '--force', 'origin', `pr:${ref}`)).code).toBe(0)
    expect(await w.isServed(event)).toBe(true)
  })

  test('head_set_after_state_event_with_existing_commit', async () => {
    const { url, git, state } = await headSetToDevelop(w)
    expect(state.accepted).toBe(true)
    expect(await defaultBranch(url)).toBe('refs/heads/develop')
    expect((await remoteRefs(git, url)).has('refs/heads/main')).toBe(false)
  })

  test('head_set_after_git_push_with_required_oids', async () => {
    const { url, git, identifier } = await headSetToDevelop(w)
    const refs = {
      'refs/heads/develop1': await git.commit('test.txt', 'unique\n'),
      'refs/heads/develop': AUDIT_COMMITS['Recursive maintainer initial commit'],
    }
    const { event } = await w.state(w.owner, identifier, refs, { head: 'refs/heads/develop1', age: 0 })
    expect(await w.isServed(event)).toBe(false)
    expect((await git.git('push', 'origin', 'HEAD:refs/heads/develop1')).code).toBe(0)
    expect(await defaultBranch(url)).toBe('refs/heads/develop1')
  })
})
