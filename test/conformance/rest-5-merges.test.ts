/** rest-api.md, section 5: whether and how pull requests merge. What merges make of trees stands beside src/git/merging. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newId } from '../../src/kernel/uuid.ts'
import { pullBench, type PullBench } from '../support/pulls.ts'
import { restWorld, type Answer } from '../support/rest.ts'
import type { World } from '../support/world.ts'

let w: World
let bench: PullBench
beforeAll(async () => {
  w = await restWorld()
  bench = await pullBench(w, { fields: { visibility: 'public' } })
  await bench.giveRole('reader', 'reader')
  await bench.giveRole('writer', 'writer')
})
afterAll(() => w[Symbol.asyncDispose]())

const outcome = ({ status, json }: Answer) => [status, json.error.code]
const merge = (number: number, body?: object, headers = {}) =>
  bench.ask('writer', 'POST', `/${number}/merge`, body, headers)
/** Fetched, then read by stock git. */
const show = async (rev: string, format: string) => {
  await bench.git.ok('fetch', '-q', 'origin')
  return bench.git.ok('show', '-s', `--format=${format}`, rev)
}

/** Two branches that both changed one line of one file, and a pull request from one to the other. */
async function inConflict(theirs = 'theirs\n') {
  const { branch: target, head: ours } = await bench.branch({ 'same.txt': 'ours\n' })
  const pull = await bench.pull({ 'same.txt': theirs }, { targetBranch: target })
  return { ...pull, target, ours }
}

describe('mergeability', () => {
  test('GET /repos/{org}/{repo}/pulls/{id}/mergeability tells what can be done; 304 while nothing moves', async () => {
    const { number, head, branch } = await bench.pull({ 'a.txt': 'a\n' })
    const asked = await bench.ask(null, 'GET', `/${number}/mergeability`)
    expect(asked.json).toEqual({
      mergeability: 'clean',
      sourceSha: head,
      targetSha: await bench.remote('refs/heads/main'),
      mergeBase: bench.base,
      strategies: { merge: true, squash: true, rebase: true, fast_forward: expect.any(Boolean) },
    })
    const headers = { 'if-none-match': asked.headers.get('etag') ?? '' }
    const again = () => bench.ask(null, 'GET', `/${number}/mergeability`, undefined, headers)
    expect((await again()).status).toBe(304)
    await bench.commit(branch, { 'a.txt': 'b\n' })
    expect((await again()).status).toBe(200)
  })

  test('both sides changed one line: conflicting, and no strategy would do', async () => {
    const { number } = await inConflict()
    expect((await bench.ask(null, 'GET', `/${number}/mergeability`)).json).toMatchObject({
      mergeability: 'conflicting',
      strategies: { merge: false, squash: false, rebase: false, fast_forward: false },
    })
  })

  test('a source that is gone is still known; a target that is gone is invalid_ref; closed is unknown', async () => {
    const { branch: target } = await bench.branch({ 'b.txt': 'b\n' })
    const { number, branch, head } = await bench.pull({ 'c.txt': 'c\n' }, { targetBranch: target })
    const asked = async () => (await bench.ask(null, 'GET', `/${number}/mergeability`)).json
    await bench.git.ok('push', '-q', 'origin', `:${branch}`)
    expect(await asked()).toMatchObject({ mergeability: 'clean', sourceSha: head })
    await bench.git.ok('push', '-q', 'origin', `:${target}`)
    expect(await asked()).toMatchObject({ mergeability: 'invalid_ref', targetSha: null, mergeBase: null })
    await bench.ask('owner', 'POST', `/${number}/close`)
    expect(await asked()).toMatchObject({ mergeability: 'unknown', strategies: { merge: false } })
  })
})

describe('conflicts', () => {
  test('GET /repos/{org}/{repo}/pulls/{id}/conflicts shows each side; ?content=false leaves it out', async () => {
    const { number } = await inConflict()
    const { status, json } = await bench.ask(null, 'GET', `/${number}/conflicts`)
    expect([status, json.hasConflicts, json.conflictingFiles]).toEqual([200, true, ['same.txt']])
    expect(json.conflicts).toMatchObject([
      {
        path: 'same.txt',
        kind: 'add/add',
        base: null,
        ours: { content: 'ours\n', encoding: 'utf-8', mode: '100644' },
        theirs: { content: 'theirs\n' },
        merged: { content: expect.stringContaining('<<<<<<<') },
      },
    ])
    const bare = await bench.ask(null, 'GET', `/${number}/conflicts?content=false`)
    expect(bare.json.conflicts[0].ours).toHaveProperty('sha')
    expect(bare.json.conflicts[0].ours).not.toHaveProperty('content')
  })

  test('none where it merges cleanly; 422 where the target is gone; 304', async () => {
    const { branch: target } = await bench.branch({ 'd.txt': 'd\n' })
    const { number } = await bench.pull({ 'e.txt': '<<<<<<< not a conflict\n' }, { targetBranch: target })
    const clean = await bench.ask(null, 'GET', `/${number}/conflicts`)
    expect(clean.json).toEqual({ hasConflicts: false, conflictingFiles: [], conflicts: [] })
    const headers = { 'if-none-match': clean.headers.get('etag') ?? '' }
    const again = await bench.ask(null, 'GET', `/${number}/conflicts`, undefined, headers)
    expect(again.status).toBe(304)
    await bench.git.ok('push', '-q', 'origin', `:${target}`)
    const gone = await bench.ask(null, 'GET', `/${number}/conflicts`)
    expect([...outcome(gone), gone.json.error.details.branch]).toEqual([422, 'UNPROCESSABLE', target])
  })
})

describe('POST …/merge', () => {
  test('POST /repos/{org}/{repo}/pulls/{id}/merge makes a merge commit of the two, by who asked', async () => {
    const { number, head, id } = await bench.pull({ 'f.txt': 'f\n' })
    const target = await bench.remote('refs/heads/main')
    const merged = await merge(number, { strategy: 'merge' })
    expect([merged.status, merged.json]).toEqual([
      200,
      {
        mergeCommitSha: await bench.remote('refs/heads/main'),
        strategy: 'merge',
        mergedAt: expect.any(String),
      },
    ])
    const { mergeCommitSha, mergedAt } = merged.json
    const writer = bench.stage.accountOf('writer')
    expect(await show(mergeCommitSha, '%P')).toBe(`${target} ${head}`)
    expect(await show(mergeCommitSha, '%an %cn')).toBe('writer writer')
    expect(await show(mergeCommitSha, '%B')).toMatch(new RegExp(`^Merge pull request #${number} from topic/`))
    expect(await bench.read(number)).toMatchObject({
      status: 'merged',
      mergedAt,
      mergedBy: writer,
      mergeCommitSha,
      sourceSha: head,
      targetSha: target,
    })
    expect(await bench.stage.lastEvent(bench.repo.id)).toMatchObject({
      type: 'pr.merged',
      actorId: writer,
      targetId: id,
      data: { mergeCommitSha, strategy: 'merge' },
    })
  })

  test('squash makes one commit with the title, and what the commits said', async () => {
    const { number, branch } = await bench.pull({ 'g.txt': '1\n' })
    await bench.commit(branch, { 'g.txt': '2\n' }, { message: 'second' })
    const target = await bench.remote('refs/heads/main')
    const { json } = await merge(number, { strategy: 'squash' })
    const { mergeCommitSha } = json
    expect(await bench.read(number)).toMatchObject({ status: 'merged', mergeCommitSha, targetSha: target })
    expect(await show(json.mergeCommitSha, '%P')).toBe(target)
    expect(await show(json.mergeCommitSha, '%B')).toMatch(
      new RegExp(
        `^Take ${branch} \\(#${number}\\)\n\n\\* change ${branch}\n\\* second\n\nCo-authored-by: git <`,
      ),
    )
  })

  test('rebase and its alias, and a message of one’s own', async () => {
    await bench.commit('main', { 'h-main.txt': 'x\n' }, { from: 'origin/main' })
    const { number, head } = await bench.pull({ 'h.txt': 'h\n' })
    const target = await bench.remote('refs/heads/main')
    const rebased = await merge(number, { strategy: 'rebase_and_merge' })
    expect(rebased.json.strategy).toBe('rebase')
    expect(rebased.json.mergeCommitSha).not.toBe(head)
    expect(await show(rebased.json.mergeCommitSha, '%P %an %cn')).toBe(`${target} git writer`)
    const second = await bench.pull({ 'i.txt': 'i\n' })
    const { json } = await merge(second.number, {
      strategy: 'merge_commit',
      commitMessage: ' Größer\r\n\r\n你好 ',
    })
    expect(json.strategy).toBe('merge')
    expect(await show(json.mergeCommitSha, '%B')).toBe('Größer\n\n你好')
  })

  test('fast_forward moves the target, or says that it cannot', async () => {
    const { branch: target } = await bench.branch({ 'j.txt': '1\n' })
    const stale = await bench.pull({ 'k.txt': 'k\n' }, { targetBranch: target })
    const refused = await merge(stale.number, { strategy: 'fast_forward' })
    expect(refused.json.error.details.reason).toMatch(/^not a fast-forward/)
    expect(outcome(refused)).toEqual([422, 'UNPROCESSABLE'])
    const ahead = await bench.branch({ 'l.txt': 'l\n' }, { from: target })
    const { number } = await bench.open(ahead.branch, { targetBranch: target })
    expect((await merge(number, { strategy: 'fast_forward' })).json.mergeCommitSha).toBe(ahead.head)
    expect(await bench.remote(`refs/heads/${target}`)).toBe(ahead.head)
  })

  test('a conflict is 409 with the same conflicts, and nothing moves', async () => {
    const { number, target, ours } = await inConflict()
    const { json: conflicts } = await bench.ask('owner', 'GET', `/${number}/conflicts`)
    for (const strategy of ['merge', 'squash', 'rebase']) {
      const refused = await merge(number, { strategy })
      expect(outcome(refused)).toEqual([409, 'MERGE_CONFLICT'])
      expect(refused.json.error.details).toMatchObject(conflicts)
    }
    expect(await bench.remote(`refs/heads/${target}`)).toBe(ours)
    expect((await bench.read(number)).status).toBe('open')
  })

  test('unrelated histories are a conflict', async () => {
    await bench.git.ok('checkout', '-q', '--orphan', 'alien')
    await bench.git.commit('alien.txt', 'alien\n')
    await bench.git.ok('push', '-q', 'origin', 'alien')
    const { number } = await bench.open('alien')
    const refused = await merge(number)
    expect([...outcome(refused), refused.json.error.details.hasConflicts]).toEqual([
      409,
      'MERGE_CONFLICT',
      true,
    ])
  })

  test('an expected source that is elsewhere is 412 with where it is', async () => {
    const { number, head, branch } = await bench.pull({ 'm.txt': '1\n' })
    const actual = await bench.commit(branch, { 'm.txt': '2\n' })
    const refusals = [
      await merge(number, { expectedSourceSha: head }),
      await merge(number, {}, { 'if-match': `"${head}"` }),
    ]
    for (const refused of refusals) {
      expect([...outcome(refused), refused.json.error.details.actual]).toEqual([
        412,
        'PRECONDITION_FAILED',
        actual,
      ])
    }
    expect((await merge(number, {}, { 'if-match': `"${actual}"` })).status).toBe(200)
  })

  test('a squash of nothing is 422', async () => {
    const { branch: target } = await bench.branch({ 'n.txt': 'n\n' })
    const { number } = await bench.pull({ 'n.txt': 'n\n' }, { targetBranch: target })
    const refused = await merge(number, { strategy: 'squash' })
    expect([...outcome(refused), refused.json.error.details.reason]).toEqual([
      422,
      'UNPROCESSABLE',
      'nothing to merge: no file would change',
    ])
  })

  test('one whose source the target has already is merged, with the target’s own sha', async () => {
    const { branch: target, head } = await bench.branch({ 'o.txt': 'o\n' })
    const { number, branch } = await bench.pull({ 'p.txt': 'p\n' }, { targetBranch: target })
    await bench.git.ok('push', '-q', '--force', 'origin', `${bench.base}:refs/heads/${branch}`)
    expect((await bench.read(number)).status).toBe('open')
    const merged = await merge(number)
    expect([merged.status, merged.json.mergeCommitSha]).toEqual([200, head])
    expect(await bench.read(number)).toMatchObject({ status: 'merged', mergeCommitSha: head })
    expect(await bench.remote(`refs/heads/${target}`)).toBe(head)
  })

  test('not open is 422, and so is a target that is gone', async () => {
    const { number } = await bench.pull({ 'q.txt': 'q\n' })
    await bench.ask('owner', 'POST', `/${number}/close`)
    const closed = await merge(number)
    expect([...outcome(closed), closed.json.error.details]).toEqual([
      422,
      'UNPROCESSABLE',
      { reason: 'not open', status: 'closed' },
    ])
    const { branch: target } = await bench.branch({ 'r.txt': 'r\n' })
    const lost = await bench.pull({ 's.txt': 's\n' }, { targetBranch: target })
    await bench.git.ok('push', '-q', 'origin', `:${target}`)
    expect((await merge(lost.number)).json.error.details).toEqual({
      reason: 'no such branch',
      branch: target,
    })
  })

  test('deleteSourceBranch deletes it afterwards, or says why it did not', async () => {
    const { number, branch, head } = await bench.pull({ 't.txt': 't\n' })
    const merged = await merge(number, { deleteSourceBranch: true })
    expect(merged.json).toMatchObject({ sourceBranchDeleted: true })
    expect(await bench.remote(`refs/heads/${branch}`)).toBeNull()
    expect(await bench.remote(`refs/pull/${number}/head`)).toBe(head)

    const { branch: target } = await bench.branch({ 'u.txt': 'u\n' })
    await bench.commit('main', { 'main.txt': `${number}\n` }, { from: 'origin/main' })
    const { number: back } = await bench.open('main', { targetBranch: target })
    const kept = await merge(back, { deleteSourceBranch: true })
    expect(kept.json).toMatchObject({
      sourceBranchDeleted: false,
      sourceBranchKept: 'it is the default branch',
    })
  })

  test('needs write access, an un-archived repository, and what rules and tokens say of the target', async () => {
    const { number } = await bench.pull({ 'v.txt': 'v\n' })
    const { org } = bench.stage
    bench.stage.narrow('read-only', 'owner', `repo:${org}/${bench.repo.slug}:read`)
    for (const [who, status] of [
      [null, 401],
      ['stranger', 403],
      ['reader', 403],
      ['read-only', 403],
    ] as const) {
      expect([who, (await bench.ask(who, 'POST', `/${number}/merge`)).status]).toEqual([who, status])
    }
    const rule = `${bench.path.replace(/pulls$/, 'protections')}/main`
    await bench.stage.ask('owner', 'PUT', rule, { push: 'owner' })
    const refused = await merge(number)
    await bench.stage.ask('owner', 'DELETE', rule)
    expect([...outcome(refused), refused.json.error.details.refusal]).toEqual([
      403,
      'FORBIDDEN',
      'BRANCH_PROTECTED',
    ])
    await bench.stage.ask('owner', 'POST', bench.path.replace(/pulls$/, 'archive'))
    const archived = await merge(number)
    await bench.stage.ask('owner', 'POST', bench.path.replace(/pulls$/, 'unarchive'))
    expect([archived.status, archived.json.error.details]).toEqual([403, { reason: 'archived' }])
    expect((await merge(number)).status).toBe(200)
  })

  test('an Idempotency-Key answers a merge a second time as the first', async () => {
    const { number } = await bench.pull({ 'w.txt': 'w\n' })
    const headers = { 'idempotency-key': newId() }
    const [first, second] = [await merge(number, {}, headers), await merge(number, {}, headers)]
    expect([first.status, second.status, second.text]).toEqual([200, 200, first.text])
  })

  test('no body at all is a merge; a body that is none of ours is 400', async () => {
    const { number } = await bench.pull({ 'x.txt': 'x\n' })
    for (const body of [
      { strategy: 'octopus' },
      { expectedSourceSha: 'abc' },
      { commitMessage: 'a\0b' },
      { deleteSourceBranch: 'yes' },
    ]) {
      expect(outcome(await merge(number, body))).toEqual([400, 'VALIDATION_ERROR'])
    }
    expect((await merge(number)).json.strategy).toBe('merge')
  })
})
