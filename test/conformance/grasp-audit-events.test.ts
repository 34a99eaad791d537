/** The tests of the public compliance tool, by its names: which events a relay of repositories takes. @see GRASP-01 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { auditTags, ownerStatePushed, recursiveStatePushed, type StatePushed } from '../support/audit.ts'
import { graspWorld, type Draft, type GraspWorld } from '../support/grasp.ts'

let w: GraspWorld
/** RepoWithIssue. */
let repository: StatePushed
let issue: { readonly id: string; readonly pubkey: string }
beforeAll(async () => {
  w = await graspWorld()
  repository = await ownerStatePushed(w)
  issue = await accepted({ kind: 1621, tags: [['a', repository.coordinate]] })
})
afterAll(() => w[Symbol.asyncDispose]())

function signed({ tags = [], ...draft }: Draft) {
  return w.author.sign({ content: 'text', ...draft, tags: [...tags, ...auditTags()] })
}

async function accepted(draft: Draft | ReturnType<typeof signed>) {
  const event = 'sig' in draft ? draft : signed(draft)
  expect(await w.publish(event)).toMatchObject({ accepted: true })
  expect(await w.isServed(event)).toBe(true)
  return event
}

async function rejected(draft: Draft) {
  const event = signed(draft)
  expect(await w.publish(event)).toMatchObject({ accepted: false })
  expect(await w.isServed(event)).toBe(false)
}

/** A comment below an event, as its tags say it. @see NIP-22 */
function below({ id, pubkey }: { id: string; pubkey: string }, kind: number): Draft {
  const [root, parent] = ['E', 'e'].map((name) => [name, id, '', pubkey]) as [string[], string[]]
  return { kind: 1111, tags: [root, ['K', String(kind)], ['P', pubkey], parent, ['k', String(kind)]] }
}

/** Of a repository that nobody has announced here. */
function elsewhere(): string {
  return `30617:${w.stranger.pubkey}:${w.identifier('elsewhere')}`
}

describe('events', () => {
  test('accept_valid_repo_announcement', async () => {
    expect(repository.announcement).toMatchObject({ accepted: true })
    const filter = { kinds: [30_617], authors: [w.owner.pubkey], '#d': [repository.identifier] }
    expect(await w.req(filter)).toEqual([repository.announcement.event])
  })

  test('reject_repo_announcement_missing_clone_tag', async () => {
    const identifier = w.identifier()
    const clone = ['https://github.com/user/repo.git']
    const { event, accepted } = await w.announce(w.stranger, identifier, { clone, tags: auditTags() })
    expect([accepted, await w.isServed(event)]).toEqual([false, false])
    expect(await w.gitStatus(w.cloneUrl(w.stranger, identifier))).toBe(404)
  })

  test('reject_repo_announcement_missing_relays_tag', async () => {
    const identifier = w.identifier()
    const relays = ['wss://relay.damus.io']
    const { event, accepted } = await w.announce(w.stranger, identifier, { relays, tags: auditTags() })
    expect([accepted, await w.isServed(event)]).toEqual([false, false])
    expect(await w.gitStatus(w.cloneUrl(w.stranger, identifier))).toBe(404)
  })

  test('accept_recursive_maintainer_announcement_without_service', async () => {
    const { identifier } = await recursiveStatePushed(w)
    const { event, accepted } = await w.announce(w.recursive, identifier, {
      clone: [`https://another-grasp-server.example/${w.recursive.npub}/${identifier}.git`],
      relays: ['wss://relay.damus.io'],
      tags: auditTags(),
    })
    expect([accepted, await w.isServed(event)]).toEqual([true, true])
    expect(await w.gitStatus(w.cloneUrl(w.recursive, identifier))).toBe(404)
  })

  test('accept_issue_via_a_tag', async () => {
    await accepted({
      kind: 1621,
      tags: [
        ['a', repository.coordinate],
        ['subject', 'issue'],
      ],
    })
  })

  test('accept_comment_via_A_tag', async () => {
    const root = ['A', repository.coordinate, '', 'root']
    await accepted({ kind: 1111, tags: [root, ['K', '30617'], ['p', w.owner.pubkey]] })
  })

  test('accept_kind1_via_q_tag', async () => {
    await accepted({ kind: 1, tags: [['q', repository.coordinate]] })
  })

  test('accept_issue_quoting_issue_via_q', async () => {
    const tags = [
      ['a', elsewhere()],
      ['q', issue.id],
    ]
    await accepted({ kind: 1621, tags })
  })

  test('accept_comment_via_E_tag', async () => {
    await accepted(below(issue, 1621))
  })

  test('accept_kind1_via_e_tag', async () => {
    const note = await accepted({ kind: 1, tags: [['q', repository.coordinate]] })
    await accepted({ kind: 1, tags: [['e', note.id]] })
  })

  test('accept_kind1_referenced_in_issue', async () => {
    const note = signed({ kind: 1 })
    const tags = [
      ['a', repository.coordinate],
      ['q', note.id],
    ]
    await accepted({ kind: 1621, tags })
    await accepted(note)
  })

  test('accept_comment_referenced_in_comment', async () => {
    const quoted = signed({ kind: 1111, tags: [['k', '1621']] })
    const { tags = [], ...comment } = below(issue, 1621)
    await accepted({ ...comment, tags: [...tags, ['q', quoted.id]] })
    await accepted(quoted)
  })

  test('accept_kind1_referenced_in_kind1', async () => {
    const quoted = signed({ kind: 1 })
    const tags = [
      ['q', repository.coordinate],
      ['e', quoted.id],
    ]
    await accepted({ kind: 1, tags })
    await accepted(quoted)
  })

  test('reject_orphan_issue', async () => {
    await rejected({ kind: 1621, tags: [['a', elsewhere()]] })
  })

  test('reject_orphan_kind1', async () => {
    await rejected({ kind: 1 })
  })

  test('reject_comment_quoting_other_repo', async () => {
    const tags = [
      ['A', elsewhere()],
      ['q', elsewhere()],
    ]
    await rejected({ kind: 1111, tags })
  })
})
