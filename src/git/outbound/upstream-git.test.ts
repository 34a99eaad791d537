import { existsSync } from 'node:fs'
import { mkdtemp, rm, watch } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runGit } from '../../../test/support/actor.ts'
import { openOutbound, type Outbound } from '../../../test/support/outbound.ts'
import type { Oid, RefName } from '../../kernel/ids.ts'
import type { ForwardedUpdate, ForwardOptions } from './upstream-git.ts'

const MAIN = 'refs/heads/main' as RefName
const SIDE = 'refs/heads/side' as RefName

let out: Outbound
let one: Oid
let two: Oid
let beside: Oid
beforeAll(async () => {
  out = await openOutbound()
  one = await out.commit('one')
  two = await out.commit('two', one)
  beside = await out.commit('beside', one)
})
afterAll(() => out[Symbol.asyncDispose]())

describe.each(['https', 'ssh'] as const)('over %s', (kind) => {
  let made = 0
  /** An upstream where main is at the first commit, unless it is to be empty. */
  async function upstream(opts: { empty?: boolean } = {}) {
    const [host, path] = [out[kind], `upstream/${++made}`]
    await host.create(path)
    const remote = out[kind].remote(path)
    const push = (updates: readonly ForwardedUpdate[], more: ForwardOptions = {}) =>
      out.git.push(remote, out.repo, out.environment, updates, more)
    if (!opts.empty) await push([{ ref: MAIN, oldOid: null, newOid: one }])
    return {
      remote,
      push,
      refs: () => host.refs(path),
      list: () => out.git.listRefs(remote),
      git: (...args: string[]) => host.git(path, ...args),
      hook: (name: 'update' | 'pre-receive', script: string) => host.setHook(path, name, script),
    }
  }

  test('branches, tags and HEAD are listed, and nothing else', async () => {
    const there = await upstream()
    await there.git('update-ref', 'refs/pull/1/head', one)
    await there.git('symbolic-ref', 'HEAD', MAIN)
    const tag = await there.git(
      '-c',
      'user.name=a',
      '-c',
      'user.email=a@b',
      'tag',
      '-a',
      '-m',
      'x',
      'v1',
      one,
    )
    expect(tag).toBe('')
    const tagOid = await there.git('rev-parse', 'v1')
    expect(await there.list()).toEqual({
      head: MAIN,
      refs: new Map([
        [MAIN, one],
        ['refs/tags/v1', tagOid],
      ]),
    })
  })

  test('an empty upstream has no refs', async () => {
    const there = await upstream({ empty: true })
    expect((await there.list()).refs.size).toBe(0)
  })

  test('what is fetched lies where the environment says, and no ref or file tells of it', async () => {
    const there = await upstream()
    const dir = await mkdtemp(join(tmpdir(), 'sluice-fetched-'))
    try {
      await runGit(['init', '-q', '--bare', 'here.git'], { cwd: dir })
      await runGit(['init', '-q', '--bare', 'aside.git'], { cwd: dir })
      const [path, aside] = [join(dir, 'here.git'), join(dir, 'aside.git', 'objects')]
      const environment = { GIT_DIR: path, GIT_OBJECT_DIRECTORY: aside }
      await out.git.fetch(there.remote, { ...out.repo, path }, environment, [one])
      const has = async (env: Record<string, string>) =>
        (await runGit(['cat-file', '-e', `${one}^{tree}`], { cwd: path, env })).code === 0
      expect([await has(environment), await has({ GIT_DIR: path })]).toEqual([true, false])
      expect((await runGit(['for-each-ref'], { cwd: path })).stdout).toBe('')
      expect((await runGit(['rev-parse', '-q', '--verify', 'FETCH_HEAD'], { cwd: path })).code).not.toBe(0)
    } finally {
      await rm(dir, { recursive: true })
    }
  })

  test('an object that the upstream does not show any more is a reason to look again', async () => {
    const there = await upstream()
    const gone = 'd'.repeat(40) as Oid
    const fetched = out.git.fetch(there.remote, out.repo, out.environment, [gone])
    await expect(fetched).rejects.toMatchObject({ code: 'UPSTREAM_UNAVAILABLE', details: { moved: true } })
  })

  test('several refs, a deletion, and tags of both kinds move at once', async () => {
    const there = await upstream()
    await there.push([{ ref: SIDE, oldOid: null, newOid: one }])
    await out.run('tag', '-f', '-a', '-m', 'a tag', 'annotated', two)
    const tag = (await out.run('rev-parse', 'annotated')) as Oid
    const report = await there.push([
      { ref: MAIN, oldOid: one, newOid: two },
      { ref: SIDE, oldOid: one, newOid: null },
      { ref: 'refs/tags/light' as RefName, oldOid: null, newOid: two },
      { ref: 'refs/tags/annotated' as RefName, oldOid: null, newOid: tag },
    ])
    expect(report.refs.map(({ kind }) => kind)).toEqual(['moved', 'moved', 'moved', 'moved'])
    expect(await there.refs()).toEqual([
      `refs/heads/main ${two}`,
      `refs/tags/annotated ${tag}`,
      `refs/tags/light ${two}`,
    ])
  })

  test('a ref moves backwards, and a tag moves at all, where it was expected to be', async () => {
    const there = await upstream()
    const tag = 'refs/tags/v1' as RefName
    await there.push([
      { ref: MAIN, oldOid: one, newOid: two },
      { ref: tag, oldOid: null, newOid: one },
    ])
    const report = await there.push([
      { ref: MAIN, oldOid: two, newOid: beside },
      { ref: tag, oldOid: one, newOid: two },
    ])
    expect(report.refs.map(({ kind }) => kind)).toEqual(['moved', 'moved'])
    expect(await there.refs()).toEqual([`refs/heads/main ${beside}`, `refs/tags/v1 ${two}`])
  })

  test('a ref that somebody else has moved meanwhile stays, and with it the others', async () => {
    const there = await upstream()
    await there.git('update-ref', MAIN, one)
    const report = await there.push([
      { ref: MAIN, oldOid: beside, newOid: two },
      { ref: SIDE, oldOid: null, newOid: two },
    ])
    expect(report.refs).toEqual([
      { ref: MAIN, kind: 'refused', reason: 'stale info' },
      { ref: SIDE, kind: 'refused', reason: 'atomic push failed' },
    ])
    expect(await there.refs()).toEqual([`refs/heads/main ${one}`])
  })

  test('a ref that is not expected to be there, and is, stays', async () => {
    const there = await upstream()
    const report = await there.push([{ ref: MAIN, oldOid: null, newOid: two }])
    expect(report.refs).toEqual([{ ref: MAIN, kind: 'refused', reason: 'stale info' }])
  })

  test('a ref that is there already has moved', async () => {
    const there = await upstream()
    const report = await there.push([{ ref: MAIN, oldOid: one, newOid: one }])
    expect(report.refs).toEqual([{ ref: MAIN, kind: 'moved' }])
  })

  test('what the upstream refuses is refused in its words, and its remarks are passed on', async () => {
    const there = await upstream()
    await there.hook('pre-receive', 'echo "main is frozen: ask Ada"; exit 1')
    const report = await there.push([{ ref: MAIN, oldOid: one, newOid: two }])
    expect(report).toEqual({
      refs: [{ ref: MAIN, kind: 'refused', reason: 'pre-receive hook declined' }],
      remarks: ['main is frozen: ask Ada'],
    })
  })

  test('push options reach an upstream that takes them', async () => {
    const there = await upstream()
    await there.git('config', 'receive.advertisePushOptions', 'true')
    await there.hook('pre-receive', 'echo "$GIT_PUSH_OPTION_COUNT $GIT_PUSH_OPTION_0"')
    const report = await there.push([{ ref: MAIN, oldOid: one, newOid: two }], { pushOptions: ['ci.skip'] })
    expect(report.remarks).toEqual(['1 ci.skip'])
  })

  test('an upstream that takes no push options moves nothing', async () => {
    const there = await upstream()
    const pushed = there.push([{ ref: MAIN, oldOid: one, newOid: two }], { pushOptions: ['ci.skip'] })
    await expect(pushed).rejects.toMatchObject({
      code: 'UPSTREAM_UNAVAILABLE',
      details: { reason: 'the upstream takes no push options: push without -o' },
    })
    expect(await there.refs()).toEqual([`refs/heads/main ${one}`])
  })

  test('where the upstream cannot move refs at once they go one by one, and each is told of', async () => {
    const there = await upstream()
    await there.git('config', 'receive.advertiseAtomic', 'false')
    await there.hook('update', '[ "$1" != refs/heads/side ]')
    const third = 'refs/heads/third' as RefName
    const report = await there.push([
      { ref: MAIN, oldOid: one, newOid: two },
      { ref: SIDE, oldOid: null, newOid: two },
      { ref: third, oldOid: null, newOid: two },
    ])
    expect(report.refs).toEqual([
      { ref: MAIN, kind: 'moved' },
      { ref: SIDE, kind: 'refused', reason: 'hook declined' },
      { ref: third, kind: 'moved' },
    ])
    expect(await there.refs()).toEqual([`refs/heads/main ${two}`, `refs/heads/third ${two}`])
  })

  test('all or none is none where the upstream cannot move refs at once', async () => {
    const there = await upstream()
    await there.git('config', 'receive.advertiseAtomic', 'false')
    const updates = [
      { ref: MAIN, oldOid: one, newOid: two },
      { ref: SIDE, oldOid: null, newOid: two },
    ]
    const { refs } = await there.push(updates, { atomic: true })
    expect(refs.map(({ kind }) => kind)).toEqual(['refused', 'refused'])
    expect(await there.refs()).toEqual([`refs/heads/main ${one}`])
  })

  test('more refs than a command line holds are refused before anything is sent', async () => {
    const there = await upstream()
    const updates = Array.from({ length: 6000 }, (_, n) => ({
      ref: `refs/heads/${n}-${'x'.repeat(60)}` as RefName,
      oldOid: null,
      newOid: one,
    }))
    const { refs } = await there.push(updates)
    expect(new Set(refs.map(({ kind }) => kind))).toEqual(new Set(['refused']))
    expect(await there.refs()).toEqual([`refs/heads/main ${one}`])
  })

  test('nobody knows what became of a push that was given up while the upstream thought', async () => {
    const there = await upstream()
    const patience = new AbortController()
    const called = join(out.repo.path, `called-${kind}`)
    await there.hook('pre-receive', `echo > '${called}'; sleep 30`)
    const pushed = there.push([{ ref: MAIN, oldOid: one, newOid: two }], { signal: patience.signal })
    await appears(called)
    patience.abort()
    expect((await pushed).refs).toEqual([{ ref: MAIN, kind: 'unknown' }])
  })

  test('what had been given up before it began has moved nothing', async () => {
    const there = await upstream()
    const signal = AbortSignal.abort()
    const pushed = there.push([{ ref: MAIN, oldOid: one, newOid: two }], { signal })
    await expect(pushed).rejects.toMatchObject({ code: 'UPSTREAM_UNAVAILABLE' })
  })

  test('an upstream of another object format is told apart', async () => {
    await out[kind].create(`sha256/${kind}`, { objectFormat: 'sha256' })
    const remote = out[kind].remote(`sha256/${kind}`)
    const pushed = out.git.push(remote, out.repo, out.environment, [{ ref: MAIN, oldOid: null, newOid: one }])
    await expect(pushed).rejects.toMatchObject({
      details: { reason: expect.stringMatching(/object format/) },
    })
  })
})

/** Waits until a file is there, by looking at its directory whenever that changes. */
async function appears(path: string): Promise<void> {
  const enough = new AbortController()
  const changes = watch(join(path, '..'), { signal: enough.signal })
  if (existsSync(path)) return enough.abort()
  for await (const _ of changes) if (existsSync(path)) return
}
