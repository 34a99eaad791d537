/** rest-api.md, section 4: a commit without a clone. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runGit, type GitRun } from '../support/actor.ts'
import { restWorld, Stage, type Answer } from '../support/rest.ts'
import type { World } from '../support/world.ts'

let w: World
beforeAll(async () => {
  w = await restWorld()
})
afterAll(() => w[Symbol.asyncDispose]())

type Fields = Readonly<Record<string, unknown>>

class Desk {
  readonly server: Stage
  readonly repo: Awaited<ReturnType<Stage['create']>>
  readonly base: string

  constructor(server: Stage, repo: Desk['repo']) {
    this.server = server
    this.repo = repo
    this.base = `/repos/${server.org}/${repo.slug}`
  }

  commit(
    fields: Fields,
    headers: Record<string, string> = {},
    who: string | null = 'owner',
  ): Promise<Answer> {
    const body = { branch: 'main', message: 'a change', ...fields }
    return this.server.ask(who, 'POST', `${this.base}/commits`, body, headers)
  }

  /** One file; fails loudly. @returns the new commit */
  async put(path: string, content: string, fields: Fields = {}): Promise<string> {
    const answer = await this.commit({ changes: [put(path, content)], ...fields })
    if (answer.status !== 201) throw new Error(`${answer.status} ${answer.text}`)
    return answer.json.sha as string
  }

  /** git in the bare repository, past the server. */
  git(...args: string[]): Promise<GitRun> {
    return runGit(args, { cwd: w.sluice.pathOf(this.repo.id) })
  }

  async out(...args: string[]): Promise<string> {
    return (await this.git(...args)).stdout.trim()
  }

  /** `<mode> <path>` of each file of `main`. */
  async files(rev = 'main'): Promise<string[]> {
    return (await this.out('ls-tree', '-r', '--format=%(objectmode) %(path)', rev)).split('\n')
  }
}

function put(path: string, content: string, more: Fields = {}) {
  return { action: 'put', path, content, ...more }
}

async function desk(fields: Fields = {}): Promise<Desk> {
  const server = new Stage(w)
  return new Desk(server, await server.create('owner', { name: 'r', ...fields }))
}

const error = (answer: Answer) => [answer.status, answer.json.error.code]

describe('POST /repos/{org}/{repo}/commits: what is made', () => {
  test('POST /repos/{org}/{repo}/commits answers 201 with the commit, its parent, its Location and its ETag', async () => {
    const d = await desk()
    const first = await d.commit({ changes: [put('a.txt', 'one\n')] })
    expect(first.status).toBe(201)
    expect(first.json).toEqual({ sha: await d.out('rev-parse', 'main'), parent: null, branch: 'main' })
    expect(first.headers.get('location')).toBe(`${d.base}/commits/${first.json.sha}`)
    expect(first.headers.get('etag')).toBe(`"${first.json.sha}"`)
    const second = await d.commit({ changes: [put('dir/b.txt', 'two\n')] })
    expect(second.json).toMatchObject({ parent: first.json.sha, branch: 'main' })
    expect(await d.files()).toEqual(['100644 a.txt', '100644 dir/b.txt'])
    expect(await d.out('cat-file', 'blob', 'main:dir/b.txt')).toBe('two')
    expect((await d.git('fsck', '--strict')).output).toBe('')
  })

  test('under /v1 the Location is there, too', async () => {
    const d = await desk()
    const body = { branch: 'main', message: 'm', changes: [put('a', '')] }
    const made = await d.server.ask('owner', 'POST', `/v1${d.base}/commits`, body)
    expect(made.headers.get('location')).toBe(`/v1${d.base}/commits/${made.json.sha}`)
  })

  test('in a repository of sha256 as well', async () => {
    const d = await desk({ objectFormat: 'sha256' })
    const sha = await d.put('a/b', 'x')
    expect(sha).toHaveLength(64)
    expect((await d.git('fsck', '--strict')).output).toBe('')
  })

  test('the caller is author and committer, and the message ends in one line feed', async () => {
    const d = await desk()
    await d.put('a', '', { message: 'subject\n\n  body  \n\n\t\n' })
    const { stdout } = await d.git('cat-file', 'commit', 'main')
    expect(stdout).toMatch(
      /^author owner <owner@example\.test> \d{10} \+0000\ncommitter owner <owner@example\.test>/m,
    )
    expect(stdout.slice(stdout.indexOf('\n\n') + 2)).toBe('subject\n\n  body\n')
  })

  test('another author may be named, with a date in his own zone; the committer stays the caller', async () => {
    const d = await desk()
    const author = { name: ' Ada <x> ', email: 'ada@example.org', date: '2026-07-01T09:30:00.5+05:30' }
    await d.put('a', '', { author })
    const { stdout } = await d.git('cat-file', 'commit', 'main')
    expect(stdout).toMatch(/^author Ada x <ada@example\.org> 1782878400 \+0530\ncommitter owner </m)
  })

  test('content is text or base64, and nothing of it is altered', async () => {
    const d = await desk()
    const bytes = Buffer.from([0, 255, 13, 10, 0xc3])
    const text = '\ufeffä\r\n名\u0000 𝄞'
    await d.commit({
      changes: [
        put('text', text),
        put('bytes', bytes.toString('base64'), { encoding: 'base64' }),
        put('none', ''),
      ],
    })
    expect((await d.git('cat-file', 'blob', 'main:text')).bytes).toEqual(Buffer.from(text))
    expect((await d.git('cat-file', 'blob', 'main:bytes')).bytes).toEqual(bytes)
    expect((await d.git('cat-file', 'blob', 'main:none')).bytes).toEqual(Buffer.alloc(0))
  })

  test('a mode is set, and kept when none is given, also by a move', async () => {
    const d = await desk()
    await d.commit({
      changes: [
        put('run.sh', 'a', { mode: '100755' }),
        put('link', 'run.sh', { mode: '120000' }),
        put('sub', 'a'.repeat(40), { mode: '160000' }),
      ],
    })
    await d.commit({ changes: [put('run.sh', 'b'), { action: 'move', from: 'link', path: 'l/link' }] })
    expect(await d.files()).toEqual(['120000 l/link', '100755 run.sh', '160000 sub'])
    await d.put('run.sh', 'b', { changes: [put('run.sh', 'b', { mode: '100644' })] })
    expect(await d.files()).toContain('100644 run.sh')
  })

  test('files and directories are deleted and moved; directories that become empty vanish', async () => {
    const d = await desk()
    await d.commit({ changes: ['a/1', 'a/2', 'b/c/3', 'd/4', 'keep'].map((path) => put(path, path)) })
    await d.commit({
      changes: [
        { action: 'delete', path: 'a' },
        { action: 'move', from: 'b/c', path: 'moved/here' },
        { action: 'delete', path: 'd/4' },
      ],
    })
    expect(await d.files()).toEqual(['100644 keep', '100644 moved/here/3'])
    expect(await d.out('ls-tree', '--name-only', 'main')).toBe('keep\nmoved')
  })

  test('what goes makes room for what comes, whatever the order of the list', async () => {
    const d = await desk()
    await d.commit({ changes: [put('file', '1'), put('dir/x', '2')] })
    await d.commit({
      changes: [
        put('file/below', '3'),
        put('dir', '4'),
        { action: 'delete', path: 'file' },
        { action: 'move', from: 'dir/x', path: 'x' },
      ],
    })
    expect(await d.files()).toEqual(['100644 dir', '100644 file/below', '100644 x'])
  })

  test('everything may be deleted', async () => {
    const d = await desk()
    await d.put('a/b', 'x')
    expect((await d.commit({ changes: [{ action: 'delete', path: 'a' }] })).status).toBe(201)
    expect(await d.out('rev-parse', 'main^{tree}')).toBe('4b825dc642cb6eb9a060e54bf8d69288fbee4904')
    expect((await d.put('again', 'y')).length).toBe(40)
  })

  test('a thousand files land in one commit', async () => {
    const d = await desk()
    const changes = Array.from({ length: 1_000 }, (_, i) => put(`d${i % 30}/f${i}`, `content ${i}`))
    expect((await d.commit({ changes })).status).toBe(201)
    expect(await d.files()).toHaveLength(1_000)
    expect((await d.git('fsck', '--strict', '--full')).output).toBe('')
  })

  test('it is told as a push of one commit', async () => {
    const d = await desk()
    const sha = await d.put('a', '', { message: 'subject\n\nbody' })
    const event = await d.server.lastEvent(d.repo.id)
    expect(event).toMatchObject({
      type: 'push',
      actorId: d.server.accountOf('owner'),
      data: { via: 'api', refs: [{ ref: 'refs/heads/main', newOid: sha, kind: 'create', total: 1 }] },
    })
    const next = await d.put('b', '')
    const second = await d.server.lastEvent(d.repo.id)
    expect(second?.data).toMatchObject({
      refs: [{ oldOid: sha, newOid: next, kind: 'update', commits: [{ sha: next, message: 'a change' }] }],
    })
  })
})

describe('POST /repos/{org}/{repo}/commits: where it lands', () => {
  test('a branch that does not exist begins at the default branch, or at startPoint', async () => {
    const d = await desk()
    const first = await d.put('a', '1')
    const second = await d.put('a', '2')
    expect((await d.commit({ branch: 'x/y', changes: [put('b', '')] })).json.parent).toBe(second)
    expect((await d.commit({ branch: 'z', startPoint: first, changes: [put('b', '')] })).json.parent).toBe(
      first,
    )
    expect(
      (await d.commit({ branch: 'o', start_point: 'main~1', changes: [put('b', '')] })).json.parent,
    ).toBe(first)
    expect(await d.out('rev-parse', 'main')).toBe(second)
  })

  test('the first commit of an empty repository takes any branch, which becomes the default', async () => {
    const d = await desk()
    const made = await d.commit({ branch: 'trunk', changes: [put('a', '')] })
    expect([made.status, made.json.parent]).toEqual([201, null])
    expect((await d.server.ask('owner', 'GET', d.base)).json.defaultBranch).toBe('trunk')
  })

  test('a startPoint that is unknown is 422, and one for a branch that exists is 409', async () => {
    const d = await desk()
    const head = await d.put('a', '1')
    const unknown = await d.commit({ branch: 'x', startPoint: 'nope', changes: [put('b', '')] })
    expect(error(unknown)).toEqual([422, 'UNPROCESSABLE'])
    expect(unknown.json.error.details).toEqual({ reason: 'no such revision', startPoint: 'nope' })
    const exists = await d.commit({ startPoint: head, changes: [put('b', '')] })
    expect(error(exists)).toEqual([409, 'ALREADY_EXISTS'])
    expect(exists.json.error.details.actual).toBe(head)
  })

  test('expectedHead that differs is 412 with the head there is, and nothing lands', async () => {
    const d = await desk()
    const first = await d.put('a', '1')
    const second = await d.put('a', '2', { expectedHead: first.toUpperCase() })
    const late = await d.commit({ expectedHead: first, changes: [put('a', '3')] })
    expect(error(late)).toEqual([412, 'PRECONDITION_FAILED'])
    expect(late.json.error.details).toEqual({ expected: first, actual: second })
    expect(await d.out('rev-parse', 'main')).toBe(second)
    const absent = await d.commit({ branch: 'x', expectedHead: first, changes: [put('a', '3')] })
    expect([absent.status, absent.json.error.details.actual]).toEqual([412, null])
  })

  test('expectedHead null means that the branch must not exist', async () => {
    const d = await desk()
    const head = await d.put('a', '1', { expectedHead: null })
    const late = await d.commit({ expectedHead: null, changes: [put('a', '2')] })
    expect([late.status, late.json.error.details.actual]).toEqual([412, head])
  })

  test('If-Match says the same in a header', async () => {
    const d = await desk()
    const head = await d.put('a', '1')
    const wrong = await d.commit({ changes: [put('a', '2')] }, { 'if-match': `"${'0'.repeat(40)}"` })
    expect([wrong.status, wrong.json.error.details.actual]).toEqual([412, head])
    expect((await d.commit({ changes: [put('a', '2')] }, { 'if-match': `"${head}"` })).status).toBe(201)
    expect((await d.commit({ changes: [put('a', '3')] }, { 'if-match': '*' })).status).toBe(201)
    expect((await d.commit({ branch: 'x', changes: [put('a', '3')] }, { 'if-match': '*' })).status).toBe(412)
  })

  test('an Idempotency-Key makes one commit of two requests', async () => {
    const d = await desk()
    const send = (content: string) => d.commit({ changes: [put('a', content)] }, { 'idempotency-key': 'k' })
    const [first, again] = [await send('1'), await send('1')]
    expect([again.status, again.text]).toEqual([201, first.text])
    expect(again.headers.get('location')).toBe(first.headers.get('location'))
    expect(await d.out('rev-list', '--count', 'main')).toBe('1')
    expect(error(await send('2'))).toEqual([409, 'IDEMPOTENCY_KEY_REUSED'])
  })

  test('a branch beside one that would be its directory is 409', async () => {
    const d = await desk()
    await d.put('a', '1')
    const clash = await d.commit({ branch: 'main/sub', changes: [put('a', '2')] })
    expect([clash.status, clash.json.error.details.refusal]).toEqual([409, 'REF_CONFLICT'])
  })
})

describe('POST /repos/{org}/{repo}/commits: what cannot be done is 422 with the reason and the path', () => {
  const TREE = [put('file', '1'), put('dir/x', '2'), put('sub', 'a'.repeat(40), { mode: '160000' })]

  test.each([
    ['delete what is not there', { action: 'delete', path: 'nope' }, 'nothing is there', 'nope'],
    ['delete below a file', { action: 'delete', path: 'file/x' }, 'nothing is there', 'file/x'],
    ['move what is not there', { action: 'move', from: 'nope', path: 'y' }, 'nothing is there', 'nope'],
    [
      'move onto a file',
      { action: 'move', from: 'dir/x', path: 'file' },
      'something is there already',
      'file',
    ],
    [
      'move onto a directory',
      { action: 'move', from: 'file', path: 'dir' },
      'something is there already',
      'dir',
    ],
    ['put below a file', put('file/below/x', ''), 'file is no directory', 'file/below/x'],
    ['put onto a directory', put('dir', ''), 'a directory is there', 'dir'],
    ['put onto a submodule', put('sub', ''), 'a submodule is there', 'sub'],
    ['put below a submodule', put('sub/x', ''), 'sub is no directory', 'sub/x'],
    [
      'a submodule at an id of sha256',
      put('s', 'a'.repeat(64), { mode: '160000' }),
      'not an object id of this repository, which is a sha1 one',
      's',
    ],
  ])('%s', async (_what, change, reason, path) => {
    const d = await desk()
    await d.commit({ changes: TREE })
    const head = await d.out('rev-parse', 'main')
    const answer = await d.commit({ changes: [put('other', 'x'), change] })
    expect(error(answer)).toEqual([422, 'UNPROCESSABLE'])
    expect(answer.json.error.details).toEqual({ reason, path, change: 1 })
    expect(await d.out('rev-parse', 'main')).toBe(head)
  })

  test('nothing to commit', async () => {
    const d = await desk()
    await d.put('a', '1')
    const answer = await d.commit({ changes: [put('a', '1')] })
    expect([answer.status, answer.json.error.details]).toEqual([422, { reason: 'nothing to commit' }])
    expect(await d.out('rev-list', '--count', 'main')).toBe('1')
  })

  test('a link is moved to no name that git reads itself', async () => {
    const d = await desk()
    await d.commit({ changes: [put('l', 'x', { mode: '120000' })] })
    const answer = await d.commit({ changes: [{ action: 'move', from: 'l', path: 'd/.gitattributes' }] })
    expect([answer.status, answer.json.error.details.path]).toEqual([422, 'd/.gitattributes'])
  })
})

describe('POST /repos/{org}/{repo}/commits: a request that is not valid is 400 with all faults at once', () => {
  const cases: readonly (readonly [string, Fields, readonly string[]])[] = [
    ['no changes', { changes: [] }, ['changes']],
    ['changes that are no list', { changes: 'x' }, ['changes']],
    ['more than 1,000 changes', { changes: Array(1_001).fill(put('a', '')) }, ['changes']],
    ['an unknown action', { changes: [{ action: 'chmod', path: 'a' }] }, ['changes.0.action']],
    ['a put without content', { changes: [{ action: 'put', path: 'a' }] }, ['changes.0.content']],
    [
      'a move with content',
      { changes: [{ action: 'move', from: 'a', path: 'b', content: '' }] },
      ['changes.0'],
    ],
    ['an empty path', { changes: [put('', '')] }, ['changes.0.path']],
    ['an absolute path', { changes: [put('/a', '')] }, ['changes.0.path']],
    ['a path out of the tree', { changes: [put('a/../../b', '')] }, ['changes.0.path']],
    ['.git', { changes: [put('a/.GIT/config', '')] }, ['changes.0.path']],
    ['.git for HFS+', { changes: [put('.g\u200cit/config', '')] }, ['changes.0.path']],
    ['.git for NTFS', { changes: [put('git~1 ./config', '')] }, ['changes.0.path']],
    ['a NUL in a path', { changes: [put('a\0b', '')] }, ['changes.0.path']],
    ['half a character in a path', { changes: [put('a\ud83d', '')] }, ['changes.0.path']],
    ['a long path', { changes: [put('abc/'.repeat(1_024) + 'x', '')] }, ['changes.0.path']],
    [
      'where it is moved from',
      { changes: [{ action: 'move', from: '../a', path: 'b' }] },
      ['changes.0.from'],
    ],
    ['half a character in a text', { changes: [put('a', '\ud83d')] }, ['changes.0.content']],
    ['no base64', { changes: [put('a', 'ab!=', { encoding: 'base64' })] }, ['changes.0.content']],
    ['base64 without padding', { changes: [put('a', 'YQ', { encoding: 'base64' })] }, ['changes.0.content']],
    [
      'base64 with bits left over',
      { changes: [put('a', 'YR==', { encoding: 'base64' })] },
      ['changes.0.content'],
    ],
    ['an unknown encoding', { changes: [put('a', '', { encoding: 'utf-16' })] }, ['changes.0.encoding']],
    ['a mode that git does not write', { changes: [put('a', '', { mode: '100664' })] }, ['changes.0.mode']],
    [
      'a link that git reads',
      { changes: [put('d/.GitModules', 'x', { mode: '120000' })] },
      ['changes.0.mode'],
    ],
    ['a link to nowhere', { changes: [put('a', '', { mode: '120000' })] }, ['changes.0.content']],
    ['a submodule at no commit', { changes: [put('a', 'main', { mode: '160000' })] }, ['changes.0.content']],
    ['the same path twice', { changes: [put('a', ''), put('b', ''), put('a', 'x')] }, ['changes.2.path']],
    [
      'a path that is moved away and put',
      { changes: [put('a', ''), { action: 'move', from: 'a', path: 'b' }] },
      ['changes.1.from'],
    ],
    [
      'a path below a file of the same request',
      { changes: [put('a/b', ''), put('a', '')] },
      ['changes.0.path'],
    ],
    [
      'a deletion below another one',
      {
        changes: [
          { action: 'delete', path: 'a' },
          { action: 'delete', path: 'a/b' },
        ],
      },
      ['changes.1.path'],
    ],
    ['no message', { message: undefined }, ['message']],
    ['a blank message', { message: ' \n\n' }, ['message']],
    ['a message of more than 64 KiB', { message: 'ä'.repeat(32_769) }, ['message']],
    ['a NUL in the message', { message: 'a\0b' }, ['message']],
    ['a branch that is none', { branch: 'a..b' }, ['branch']],
    ['a branch like an option', { branch: '-f' }, ['branch']],
    ['half a character in the branch', { branch: 'a\ud83d' }, ['branch']],
    ['an expected head that is no id', { expectedHead: 'main' }, ['expectedHead']],
    ['an author without a name', { author: { name: '<>', email: 'a@b' } }, ['author.name']],
    ['an author without an address', { author: { name: 'A' } }, ['author.email']],
    [
      'a date before git',
      { author: { name: 'A', email: 'a', date: '1969-12-31T23:59:59Z' } },
      ['author.date'],
    ],
    ['a date that is none', { author: { name: 'A', email: 'a', date: 'yesterday' } }, ['author.date']],
    [
      'faults everywhere',
      {
        branch: '',
        message: '',
        expectedHead: 1,
        changes: [put('', '\ud83d'), { action: 'x' }, put('a', 'x'), put('a', '=', { encoding: 'base64' })],
      },
      [
        'branch',
        'expectedHead',
        'message',
        'changes.0.path',
        'changes.0.content',
        'changes.1.action',
        'changes.3.content',
        'changes.3.path',
      ],
    ],
  ]

  test('each of them, and nothing is stored', async () => {
    const d = await desk()
    for (const [what, fields, paths] of cases) {
      const answer = await d.commit({ changes: [put('a', '')], ...fields })
      expect([what, ...error(answer)]).toEqual([what, 400, 'VALIDATION_ERROR'])
      const faults = answer.json.error.details as { path: string; message: string }[]
      expect([what, ...new Set(faults.map((fault) => fault.path))]).toEqual([what, ...paths])
      expect(faults.every((fault) => fault.message !== '')).toBe(true)
    }
    expect(await d.out('count-objects')).toBe('0 objects, 0 kilobytes')
  })

  test('the rule that a path breaks stands in the message', async () => {
    const d = await desk()
    const answer = await d.commit({ changes: [put('a', ''), put('b/', '')] })
    expect(answer.json.error.details).toEqual([{ path: 'changes.1.path', message: 'has an empty component' }])
  })
})

describe('POST /repos/{org}/{repo}/commits: limits', () => {
  const MIB = 1024 * 1024

  test('32 MiB of content land, one byte more is 413 with the limit', async () => {
    const d = await desk()
    const content = Buffer.alloc(32 * MIB - 1, 'x').toString('base64')
    const most = await d.commit({ changes: [put('a', content, { encoding: 'base64' }), put('b', 'y')] })
    expect(most.status).toBe(201)
    expect(await d.out('cat-file', '-s', 'main:a')).toBe(String(32 * MIB - 1))
    const more = await d.commit({ changes: [put('a', content, { encoding: 'base64' }), put('b', 'yy')] })
    expect(error(more)).toEqual([413, 'PAYLOAD_TOO_LARGE'])
    expect(more.json.error.details).toEqual({ limitBytes: 32 * MIB })
  })

  test('a body of more than 48 MiB is 413', async () => {
    const d = await desk()
    const answer = await d.commit({ changes: [put('a', 'x'.repeat(48 * MIB))] })
    expect([answer.status, answer.json.error.details]).toEqual([413, { limitBytes: 48 * MIB }])
  })
})

describe('POST /repos/{org}/{repo}/commits: who may', () => {
  test.each([
    ['private', null, 404],
    ['private', 'stranger', 404],
    ['private', 'reader', 403],
    ['private', 'writer', 201],
    ['public', null, 401],
    ['public', 'stranger', 403],
    ['public', 'reader', 403],
    ['public', 'forger', 401],
  ])('into a %s repository %s: %s', async (visibility, who, status) => {
    const d = await desk({ visibility })
    await d.server.giveRole(d.repo.id, 'reader', 'reader')
    await d.server.giveRole(d.repo.id, 'writer', 'writer')
    const answer = await d.commit({ changes: [put('a', '')] }, {}, who)
    expect(answer.status).toBe(status)
    if (status !== 201) expect(await d.out('count-objects')).toBe('0 objects, 0 kilobytes')
  })

  test('a repository that is archived takes no commit', async () => {
    const d = await desk()
    await d.put('a', '')
    await d.server.ask('owner', 'POST', `${d.base}/archive`)
    const refused = await d.commit({ changes: [put('a', '2')] })
    expect(error(refused)).toEqual([403, 'FORBIDDEN'])
    expect(refused.json.error.details.reason).toBe('archived')
    expect(await d.out('rev-list', '--count', 'main')).toBe('1')
  })

  test('a repository that is not there is 404, one that was deleted 410 for its owner', async () => {
    const d = await desk()
    const body = { branch: 'main', message: 'm', changes: [put('a', '')] }
    expect((await d.server.ask('owner', 'POST', `${d.base}-2/commits`, body)).status).toBe(404)
    await d.server.ask('owner', 'DELETE', d.base)
    expect((await d.commit({ changes: [put('a', '')] })).status).toBe(410)
  })
})

describe('POST /repos/{org}/{repo}/commits: readers', () => {
  test('right after the answer every way to read shows the commit', async () => {
    const d = await desk()
    for (const n of [1, 2, 3]) {
      const sha = await d.put('dir/a.txt', `${n}\n`)
      const get = async (path: string) => (await d.server.ask('owner', 'GET', `${d.base}${path}`)).json
      expect((await get('/branches/main')).headCommit).toBe(sha)
      expect((await get(`/commits/${sha}`)).sha).toBe(sha)
      expect((await get('/blob/main/dir/a.txt')).content).toBe(`${n}\n`)
      const token = await w.token(d.server.accountOf('owner'), 'owner')
      const header = `http.extraHeader=Authorization: Bearer ${token}`
      const url = `${w.url}/${d.server.org}/${d.repo.slug}.git`
      const { stdout } = await runGit(['-c', header, 'ls-remote', url, 'refs/heads/main'], { cwd: w.dir })
      expect(stdout).toBe(`${sha}\trefs/heads/main\n`)
    }
  })
})
