import { beforeAll, beforeEach, expect, test } from 'vitest'
import { forEachEngine, newRepository, storeOn } from '../../test/support/databases.ts'
import type { NewEvent, PushData } from '../kernel/events.ts'
import { parseRefName, type Oid } from '../kernel/ids.ts'
import type { Repository } from '../kernel/repository.ts'
import { newId } from '../kernel/uuid.ts'
import { EventCursors } from './log/event-cursors.ts'
import { landPushedPulls } from './pulls-pushed.ts'
import { PullRequests } from './pulls.ts'

const BY = { actorId: newId(), agentId: null }
const [A, B, C] = ['a', 'b', 'c'].map((digit) => digit.repeat(40)) as [Oid, Oid, Oid]

forEachEngine('pull requests', (on) => {
  let store: ReturnType<typeof storeOn>
  let pulls: PullRequests
  let repo: Repository

  beforeAll(() => {
    store = storeOn(on.database)
    pulls = new PullRequests({ ...store, newId })
  })
  beforeEach(async () => {
    repo = await store.repositories.insert(newRepository(`org/${newId()}`), BY)
  })

  const wanted = (sourceBranch: string) => ({
    repoId: repo.id,
    sourceBranch,
    targetBranch: 'main',
    sourceSha: A,
    targetSha: B,
    title: 'T',
    description: null,
  })
  const eventsOf = async () => {
    const { items } = await store.events.list({ repoId: repo.id, types: ['pr.*'] }, { limit: 100 })
    return items.map((event) => event.type).reverse()
  }

  test('numbers are dense per repository, also when many are opened at once and some are refused', async () => {
    const branches = ['a', 'b', 'b', 'c', 'a', 'd', 'e']
    const opened = await Promise.allSettled(branches.map((branch) => pulls.open(wanted(branch), BY)))
    const numbers = opened.flatMap((result) => (result.status === 'fulfilled' ? result.value.number : []))
    expect(numbers.sort()).toEqual([1, 2, 3, 4, 5])
    expect((await pulls.open(wanted('f'), BY)).number).toBe(6)
  })

  test('of two at once between the same branches one is open, and the other is told its number', async () => {
    const both = await Promise.allSettled([pulls.open(wanted('a'), BY), pulls.open(wanted('a'), BY)])
    const refused = both.find((result) => result.status === 'rejected')
    expect(refused?.reason).toMatchObject({
      code: 'ALREADY_EXISTS',
      details: { number: 1, id: (await pulls.find(repo.id, 1))?.id },
    })
  })

  const pushed = (number: number, newOid: Oid, more: object = {}): NewEvent<PushData> => ({
    type: 'push',
    repoId: repo.id,
    orgId: repo.orgId,
    projectId: null,
    ...BY,
    data: {
      pushId: newId(),
      via: 'git',
      refs: [
        {
          ref: parseRefName(`refs/pull/${number}/head`),
          oldOid: A,
          newOid,
          kind: 'update',
          commits: [],
          total: 0,
          redirected: {
            from: parseRefName('refs/heads/main'),
            pullRequest: { id, number, targetBranch: 'main', targetSha: C, ...more },
          },
        },
      ],
      pushOptions: [],
    },
  })
  let id: string
  beforeEach(() => void (id = newId()))
  const land = async (event: NewEvent<PushData>) =>
    on.database.transaction(async (trx) =>
      store.events.append(trx, await landPushedPulls(trx, event, store.clock.now())),
    )

  test('a push that was sent to one makes its row, moves it, and the same once more changes nothing', async () => {
    await land(pushed(3, A, { title: 'Burn longer' }))
    const made = { number: 3, sourceBranch: null, sourceSha: A, targetSha: C, title: 'Burn longer', id }
    expect(await pulls.find(repo.id, 3)).toMatchObject({ ...made, authorId: BY.actorId, status: 'open' })
    await land(pushed(3, B))
    await land(pushed(3, B))
    expect(await pulls.find(repo.id, id)).toMatchObject({ ...made, sourceSha: B })
    await land(pushed(3, B, { title: 'Burn twice', description: 'why' }))
    expect(await pulls.find(repo.id, id)).toMatchObject({ title: 'Burn twice', description: 'why' })
    expect(await eventsOf()).toEqual(['pr.opened', 'pr.updated', 'pr.updated'])
  })

  test('a push to one that was closed meanwhile leaves it as it is', async () => {
    await land(pushed(1, A, { title: 'T' }))
    const pull = (await pulls.find(repo.id, 1))!
    await pulls.close(pull, BY)
    await land(pushed(1, B))
    expect(await pulls.find(repo.id, 1)).toMatchObject({ status: 'closed', sourceSha: A })
  })

  test('who follows the log does not put back what a push has written meanwhile', async () => {
    await land(pushed(1, A, { title: 'T' }))
    await land(pushed(1, B))
    await pulls.follow(repo.id, [{ id, targetBranch: 'main', sourceSha: A, targetSha: A }], BY)
    expect(await pulls.find(repo.id, 1)).toMatchObject({ sourceSha: B, targetSha: A })
    expect(await eventsOf()).toEqual(['pr.opened', 'pr.updated'])
  })

  test('a number that was allotted is given to nobody else, whatever comes of it', async () => {
    const taken = await Promise.all([1, 2, 3].map(() => pulls.allotNumber(repo.id)))
    expect([...taken].sort()).toEqual([1, 2, 3])
    expect((await pulls.open(wanted('a'), BY)).number).toBe(4)
  })

  test('those of one pusher to one branch are found, newest first, and no others', async () => {
    for (let i = 0; i < 3; i++) {
      id = newId()
      await land(pushed(await pulls.allotNumber(repo.id), A, { title: 'T' }))
    }
    await pulls.close((await pulls.find(repo.id, 2))!, BY)
    await pulls.open(wanted('a'), BY)
    const found = async (who: object) =>
      (await pulls.pushedBy({ repoId: repo.id, targetBranch: 'main', ...BY, ...who })).map((p) => p.number)
    expect(await found({})).toEqual([3, 1])
    for (const who of [{ actorId: newId() }, { agentId: newId() }, { targetBranch: 'other' }])
      expect(await found(who)).toEqual([])
  })

  test('it is found by its id and by its number, in its own repository only', async () => {
    const pull = await pulls.open(wanted('a'), BY)
    expect(await pulls.find(repo.id, pull.id)).toEqual(pull)
    expect(await pulls.find(repo.id, pull.number)).toEqual(pull)
    const other = await store.repositories.insert(newRepository(`org/${newId()}`), BY)
    expect(await pulls.find(other.id, pull.id)).toBeNull()
    expect(await pulls.find(other.id, pull.number)).toBeNull()
  })

  test('every change is told once, and what changes nothing is not', async () => {
    const pull = await pulls.open(wanted('a'), BY)
    await pulls.update(pull, { title: 'New', description: null }, BY)
    await pulls.update(pull, { title: 'New' }, BY)
    await pulls.close(pull, BY)
    await pulls.reopen(pull, { sourceSha: C, targetSha: B }, BY)
    expect(await eventsOf()).toEqual(['pr.opened', 'pr.updated', 'pr.closed', 'pr.reopened'])
    expect(await pulls.find(repo.id, 1)).toMatchObject({ title: 'New', sourceSha: C, status: 'open' })
  })

  test('in the wrong state nothing changes: CONFLICT, and UNPROCESSABLE for a target', async () => {
    const pull = await pulls.open(wanted('a'), BY)
    const tips = { sourceSha: A, targetSha: B }
    await expect(pulls.reopen(pull, tips, BY)).rejects.toMatchObject({ code: 'CONFLICT' })
    await pulls.close(pull, BY)
    await expect(pulls.close(pull, BY)).rejects.toMatchObject({ code: 'CONFLICT' })
    await expect(pulls.update(pull, { target: { branch: 'b', sha: B } }, BY)).rejects.toMatchObject({
      code: 'UNPROCESSABLE',
    })
    await pulls.open(wanted('a'), BY)
    await expect(pulls.reopen(pull, tips, BY)).rejects.toMatchObject({
      code: 'ALREADY_EXISTS',
      details: { number: 2 },
    })
  })

  test('a pointing at a target that another one has is ALREADY_EXISTS', async () => {
    await pulls.open(wanted('a'), BY)
    const other = await pulls.open({ ...wanted('a'), targetBranch: 'stable' }, BY)
    await expect(pulls.update(other, { target: { branch: 'main', sha: B } }, BY)).rejects.toMatchObject({
      code: 'ALREADY_EXISTS',
      details: { number: 1 },
    })
  })

  test('an archived or deleted repository takes none', async () => {
    const pull = await pulls.open(wanted('a'), BY)
    await store.repositories.update(repo.id, { archived: true }, BY)
    await expect(pulls.open(wanted('b'), BY)).rejects.toMatchObject({ code: 'REPO_ARCHIVED' })
    await expect(pulls.close(pull, BY)).rejects.toMatchObject({ code: 'REPO_ARCHIVED' })
    await store.repositories.softDelete(repo.id, BY)
    await expect(pulls.open(wanted('b'), BY)).rejects.toMatchObject({ code: 'REPO_NOT_FOUND' })
  })

  test('following a push twice is following it once; a merged one stays as it is', async () => {
    const { id } = await pulls.open(wanted('a'), BY)
    const moved = { id, targetBranch: 'main', sourceSha: C, targetSha: B }
    for (let times = 0; times < 2; times++) await pulls.follow(repo.id, [moved], BY)
    const landed = { mergeCommitSha: A, strategy: 'squash' }
    for (const oid of [A, B]) {
      await pulls.follow(repo.id, [{ ...moved, landed: { ...landed, mergeCommitSha: oid } }], BY)
    }
    expect(await pulls.find(repo.id, id)).toMatchObject({
      status: 'merged',
      mergedBy: BY.actorId,
      mergeCommitSha: A,
      sourceSha: C,
    })
    expect(await eventsOf()).toEqual(['pr.opened', 'pr.updated', 'pr.merged'])
  })

  test('one that was pointed at another target meanwhile was not landed there', async () => {
    const pull = await pulls.open(wanted('a'), BY)
    const { id } = pull
    await pulls.update(pull, { target: { branch: 'stable', sha: B } }, BY)
    const landed = { mergeCommitSha: A, strategy: null }
    await pulls.follow(repo.id, [{ id, targetBranch: 'main', sourceSha: C, targetSha: A, landed }], BY)
    expect(await pulls.find(repo.id, id)).toMatchObject({
      status: 'open',
      targetBranch: 'stable',
      targetSha: B,
    })
    expect(await eventsOf()).toEqual(['pr.opened', 'pr.updated'])
  })

  test('a target that moves is kept up with and told nobody', async () => {
    const { id, updatedAt } = await pulls.open(wanted('a'), BY)
    store.clock.advance(1)
    await pulls.follow(repo.id, [{ id, targetBranch: 'main', sourceSha: A, targetSha: C }], BY)
    expect(await pulls.find(repo.id, id)).toMatchObject({ targetSha: C, updatedAt })
    expect(await eventsOf()).toEqual(['pr.opened'])
  })

  test('the list is newest first, filtered, and stays in its place while more are opened', async () => {
    for (const branch of ['a', 'b', 'c', 'd']) await pulls.open(wanted(branch), BY)
    const first = await pulls.list({ repoId: repo.id }, { limit: 2 })
    await pulls.open(wanted('e'), BY)
    const second = await pulls.list({ repoId: repo.id }, { limit: 2, cursor: first.nextCursor ?? '' })
    expect([...first.items, ...second.items].map((pull) => pull.number)).toEqual([4, 3, 2, 1])
    expect(second.nextCursor).toBeNull()
    const numbers = async (filter: object) =>
      (await pulls.list({ repoId: repo.id, ...filter }, { limit: 9 })).items.map((pull) => pull.number)
    expect(await numbers({ sourceBranch: 'b' })).toEqual([2])
    expect(await numbers({ targetBranch: 'b' })).toEqual([])
    expect(await numbers({ status: 'closed' })).toEqual([])
    expect(await numbers({ authorId: newId() })).toEqual([])
    expect(await numbers({ authorId: BY.actorId, status: 'open' })).toEqual([5, 4, 3, 2, 1])
    await expect(pulls.list({ repoId: repo.id }, { limit: 1, cursor: 'x' })).rejects.toMatchObject({
      code: 'VALIDATION_ERROR',
    })
  })

  test('what every push asks of the open ones holds no text of theirs', async () => {
    const made = []
    for (const branch of ['d', 'c', 'b', 'a'])
      made.push(await pulls.open({ ...wanted(branch), description: 'long' }, BY))
    await pulls.close(made[1]!, BY)
    const open = await pulls.openOnes(repo.id)
    expect(open.map(({ number }) => number)).toEqual([1, 3, 4])
    expect(open[0]).toEqual({
      id: expect.any(String),
      number: 1,
      sourceBranch: 'd',
      targetBranch: 'main',
      sourceSha: A,
      targetSha: B,
    })
  })

  test('a cursor is unknown at first and never goes back', async () => {
    const cursors = new EventCursors(on.database)
    const name = newId()
    expect(await cursors.read(name)).toBeNull()
    for (const sequence of [5, 3]) await cursors.advance(name, sequence)
    expect(await cursors.read(name)).toBe(5)
  })
})
