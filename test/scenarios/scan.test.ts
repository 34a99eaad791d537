/** gate.md, section 3, scan: what looks like a secret does not get in, wherever in a push it is. */
import { randomBytes } from 'node:crypto'
import { rename } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runGit, type Actor } from '../support/actor.ts'
import { restWorld } from '../support/rest.ts'
import { fakeToken, RULE, scanned, type Scanned } from '../support/scanned.ts'
import { filesHolding } from '../support/traces-of.ts'
import type { World } from '../support/world.ts'

let w: World
beforeAll(async () => {
  w = await restWorld()
})
afterAll(() => w[Symbol.asyncDispose]())

const refs = async ({ gitDir }: Scanned) =>
  (await runGit(['for-each-ref', '--format=%(refname) %(objectname)'], { cwd: gitDir })).stdout
const objects = async ({ gitDir }: Scanned) =>
  (await runGit(['cat-file', '--batch-all-objects', '--batch-check'], { cwd: gitDir })).stdout

/** A push that brings `secret` is refused as a whole, shows where, and leaves nothing. */
async function isRefused(
  r: Scanned,
  secret: string,
  where: string | RegExp,
  refspecs: readonly string[] = ['main'],
): Promise<string> {
  const before = [await refs(r), await objects(r)]
  const run = await r.push(...refspecs)
  expect(run.output).toMatch(where)
  expect(run.output).toContain('secret found')
  expect(run.code).not.toBe(0)
  expect(run.output).not.toContain(secret)
  expect([await refs(r), await objects(r)]).toEqual(before)
  return run.output
}

/** Ways in which a secret can be in a push. Each gives what the pusher is told of its place. */
const WAYS: Record<string, (owner: Actor, secret: string) => Promise<string | RegExp>> = {
  'a new file': async (owner, secret) => {
    const oid = await owner.commit('src/key.txt', `first\nkey = ${secret}\n`)
    return `${RULE}: src/key.txt:2 in ${oid.slice(0, 12)}: `
  },
  'a commit message': async (owner, secret) => {
    const oid = await owner.commit('a', '1', `fix\n\nwith ${secret} it works`)
    return `${RULE}: (commit) in ${oid.slice(0, 12)}: `
  },
  'an author line': async (owner, secret) => {
    await owner.commit('a', '1')
    await owner.ok('commit', '-q', '--amend', '--no-edit', `--author=${secret} <a@example.test>`)
    return `${RULE}: (commit) in `
  },
  'a merge that changes what both sides have': async (owner, secret) => {
    await owner.commit('shared', '1')
    await owner.ok('switch', '-q', '-c', 'side')
    await owner.commit('side', '1')
    await owner.ok('switch', '-q', 'main')
    await owner.commit('main', '1')
    await owner.ok('merge', '-q', '--no-commit', '--no-ff', 'side')
    await owner.write('shared', secret)
    await owner.ok('commit', '-q', '-a', '-m', 'merged')
    const merge = await owner.ok('rev-parse', 'HEAD')
    return `${RULE}: shared:1 in ${merge.slice(0, 12)}: `
  },
  'a binary file': async (owner, secret) => {
    const noise = () => Buffer.concat([Buffer.of(0, 0xff, 0), randomBytes(5_000), Buffer.of(0)])
    await owner.commit('image.png', Buffer.concat([noise(), Buffer.from(secret), noise()]))
    return `${RULE}: image.png:`
  },
  'a file over 20 MiB': async (owner, secret) => {
    const block = Buffer.from(`${'all work and no play '.repeat(49)}\n`.repeat(1024))
    const big = Buffer.concat([...Array.from({ length: 21 }, () => block), Buffer.from(` ${secret} `), block])
    await owner.commit('big.log', big)
    return `${RULE}: big.log:${21 * 1024 + 1} in `
  },
  'a file that a later commit of the same push deletes': async (owner, secret) => {
    const oid = await owner.commit('gone', secret)
    await owner.ok('rm', '-q', 'gone')
    await owner.ok('commit', '-q', '-m', 'away with it')
    return `${RULE}: gone:1 in ${oid.slice(0, 12)}: `
  },
  'the name of a file': async (owner, secret) => {
    await owner.commit(`dir/${secret}.txt`, '1')
    return `${RULE}: dir/(file name) in `
  },
  'the name of a file, of which only the place is told': async (owner, secret) => {
    await owner.commit(secret, `${secret}\n`)
    return new RegExp(`${RULE}: glpat-… \\(\\d+ characters\\):1 in `)
  },
  'one line of 3 MiB': async (owner, secret) => {
    await owner.commit('min.js', `${'x;'.repeat(750_000)} ${secret} ${'y;'.repeat(750_000)}`)
    return `${RULE}: min.js:1 in `
  },
  'the target of a symbolic link': async (owner, secret) => {
    const blob = (await owner.gitWith({ input: `https://host/${secret}` }, 'hash-object', '-w', '--stdin'))
      .stdout
    await owner.ok('update-index', '--add', '--cacheinfo', `120000,${blob.trim()},link`)
    await owner.ok('commit', '-q', '-m', 'link')
    return `${RULE}: link:1 in `
  },
  'a file that .gitattributes calls binary and a pointer to large storage': async (owner, secret) => {
    await owner.write('.gitattributes', '*.dat -text -diff filter=lfs\n')
    await owner.commit('x.dat', `version https://git-lfs.github.com/spec/v1\noid ${secret}\n`)
    return `${RULE}: x.dat:2 in `
  },
  'a root commit of its own': async (owner, secret) => {
    await owner.ok('switch', '-q', '--orphan', 'other')
    await owner.commit('first', secret)
    await owner.ok('branch', '-q', '-M', 'main')
    return `${RULE}: first:1 in `
  },
}

describe('a secret is found, and nothing of the push stays, when it is in', () => {
  test.each(Object.entries(WAYS))('%s', async (_way, bring) => {
    const r = await scanned(w)
    const secret = fakeToken()
    const where = await bring(r.owner, secret)
    await isRefused(r, secret, where, ['+main'])
  })

  test('the message of a tag', async () => {
    const r = await scanned(w)
    const secret = fakeToken()
    await r.owner.ok('tag', '-a', 'v1', '-m', `released with ${secret}`)
    await isRefused(r, secret, `${RULE}: (tag)`, ['v1'])
  })

  test('a blob that no commit leads to: a tag of it, or of a tree', async () => {
    const r = await scanned(w)
    const secret = fakeToken()
    const blob = (await r.owner.gitWith({ input: secret }, 'hash-object', '-w', '--stdin')).stdout.trim()
    await r.owner.ok('tag', 'blob', blob)
    const tree = (await r.owner.gitWith({ input: `100644 blob ${blob}\tkey\n` }, 'mktree')).stdout.trim()
    await r.owner.ok('tag', '-a', 'tree', tree, '-m', 'a tree')
    await isRefused(r, secret, `${RULE}: (no path):`, ['blob'])
    await isRefused(r, secret, `${RULE}: (no path):`, ['tree'])
  })

  test('a pack of hundreds of objects, as one finding of one commit', async () => {
    const r = await scanned(w)
    const secret = fakeToken()
    for (let n = 0; n < 400; n++) await r.owner.write(`many/${n}`, `${n} ${randomBytes(8).toString('hex')}\n`)
    await r.owner.write('many/77', `token: ${secret}\n`)
    await r.owner.ok('add', '.')
    await r.owner.ok('commit', '-q', '-m', 'many')
    await isRefused(r, secret, `${RULE}: many/77:1 in `)
    expect(await r.owner.ok('rev-parse', 'HEAD')).not.toBe('')
  })

  test('a repository of the other object format', async () => {
    const r = await scanned(w, { objectFormat: 'sha256' })
    const secret = fakeToken()
    await r.owner.commit('key', secret)
    await isRefused(r, secret, `${RULE}: key:1 in `)
  })

  test('one of several refs: all of them are refused', async () => {
    const r = await scanned(w)
    const secret = fakeToken()
    await r.owner.commit('clean', '1')
    await r.owner.ok('branch', 'clean')
    await r.owner.commit('key', secret)
    await isRefused(r, secret, /clean -> clean \(secret found/, ['clean', 'main'])
  })

  test('a commit that the server makes: by REST, and by the merge of a pull request', async () => {
    const r = await scanned(w)
    const secret = fakeToken()
    const branch = 'main'
    const commit = await r.server.ask('owner', 'POST', `${r.at}/commits`, {
      branch,
      message: 'by REST',
      changes: [{ action: 'put', path: 'key', content: secret }],
    })
    expect(commit.json.error).toMatchObject({
      details: { refusal: 'SECRET_FOUND', more: { findings: [{ rule: RULE, path: 'key', line: 1 }] } },
    })
    expect(commit.text).not.toContain(secret)

    await r.unscanned(async () => {
      await r.owner.ok('switch', '-q', '-c', 'topic')
      await r.owner.commit('topic', '1')
      await r.owner.ok('push', '-q', 'origin', 'topic')
    })
    const pull = { title: `with ${secret}`, sourceBranch: 'topic', targetBranch: 'main' }
    const opened = await r.server.ask('owner', 'POST', `${r.at}/pulls`, pull)
    const merged = await r.server.ask('owner', 'POST', `${r.at}/pulls/${opened.json.number}/merge`, {
      strategy: 'merge',
    })
    expect(merged.text).toContain('SECRET_FOUND')
    expect(merged.text).not.toContain(secret)
  })
})

describe('what was there before the push does not block it', () => {
  async function withOldSecret() {
    const r = await scanned(w)
    const secret = fakeToken()
    const lines = Array.from({ length: 30 }, (_, n) => `line ${n}\n`).join('')
    await r.unscanned(async () => {
      await r.owner.commit('old.conf', `${lines}token = ${secret}\n`)
      await r.owner.ok('push', '-q', 'origin', 'main')
    })
    return { r, secret, lines }
  }

  test('a file that is changed elsewhere, by several commits; the same secret in another file does', async () => {
    const { r, secret, lines } = await withOldSecret()
    await r.owner.commit('old.conf', `${lines}token = ${secret}\nmore\n`)
    await r.owner.commit('old.conf', `${lines}token = ${secret}\nmore\nand more\n`)
    expect((await r.push()).output).not.toContain('secret')
    await r.owner.commit('new.conf', `token = ${secret}\n`)
    await isRefused(r, secret, `${RULE}: new.conf:1 in `)
  })

  test('a file that is renamed, and changed by the way', async () => {
    const { r, secret, lines } = await withOldSecret()
    await rename(join(r.owner.dir, 'old.conf'), join(r.owner.dir, 'renamed.conf'))
    await r.owner.ok('rm', '-q', '--cached', 'old.conf')
    await r.owner.commit('renamed.conf', `${lines}token = ${secret}\nmore\n`)
    expect((await r.push()).code).toBe(0)
  })

  test('a merge of two branches that change the file, each in another place', async () => {
    const { r, secret, lines } = await withOldSecret()
    await r.owner.ok('switch', '-q', '-c', 'side')
    await r.owner.commit('old.conf', `top\n${lines}token = ${secret}\n`)
    await r.owner.ok('switch', '-q', 'main')
    await r.owner.commit('old.conf', `${lines}token = ${secret}\nend\n`)
    await r.owner.ok('merge', '-q', '-m', 'both', 'side')
    expect((await r.push()).code).toBe(0)
  })

  test('the file itself, pushed once more; and a name that was in its directory', async () => {
    const r = await scanned(w)
    const secret = fakeToken()
    await r.unscanned(async () => {
      await r.owner.commit(`dir/${secret}`, `${secret}\n`)
      await r.owner.commit(secret, '1')
      await r.owner.ok('push', '-q', 'origin', 'main')
    })
    await r.owner.commit('dir/beside', '1')
    await r.owner.commit('copy', `${secret}\n`)
    expect((await r.push()).code).toBe(0)
  })

  test('a secret that was taken out and comes back to a file of a push does', async () => {
    const { r, secret, lines } = await withOldSecret()
    await r.owner.commit('old.conf', lines)
    expect((await r.push()).code).toBe(0)
    await r.owner.commit('old.conf', `${lines}again = ${secret}\n`)
    await isRefused(r, secret, `${RULE}: old.conf:31 in `)
  })
})

describe('an attacker', () => {
  test('cannot exchange an object for a clean one by a replace ref', async () => {
    const r = await scanned(w)
    const secret = fakeToken()
    const dirty = (await r.owner.gitWith({ input: secret }, 'hash-object', '-w', '--stdin')).stdout.trim()
    const clean = (await r.owner.gitWith({ input: 'clean' }, 'hash-object', '-w', '--stdin')).stdout.trim()
    await r.owner.ok('update-ref', `refs/replace/${dirty}`, clean)
    await r.push(`refs/replace/${dirty}:refs/replace/${dirty}`)
    await runGit(['update-ref', `refs/replace/${dirty}`, clean], { cwd: r.gitDir }) // even if it got there
    await r.owner.ok('update-index', '--add', '--cacheinfo', `100644,${dirty},key`)
    await r.owner.ok('commit', '-q', '-m', 'replaced')
    await isRefused(r, secret, `${RULE}: key:1 in `)
  })

  test('cannot hide it beside a submodule, nor in an object that he sends along', async () => {
    const r = await scanned(w)
    const secret = fakeToken()
    await r.owner.ok('update-index', '--add', '--cacheinfo', `160000,${'1'.repeat(40)},sub`)
    await r.owner.commit('.gitmodules', '[submodule "sub"]\n\tpath = sub\n\turl = https://host/x\n')
    expect((await r.push()).code).toBe(0)
    await r.owner.ok('update-index', '--add', '--cacheinfo', `160000,${'2'.repeat(40)},sub`)
    await r.owner.commit('key', secret)
    await isRefused(r, secret, `${RULE}: key:1 in `)
  })

  test('gets nothing by a comment beside it: that asks for an approval', async () => {
    const r = await scanned(w)
    const secret = fakeToken()
    await r.owner.commit('key', `key = ${secret} # gitleaks:allow\n`)
    await isRefused(r, secret, `${RULE}: key:1 in `)
    const [asked] = (await r.server.ask('owner', 'GET', `${r.at}/approvals`)).json
    expect(asked).toMatchObject({ inlineAllow: true, state: 'requested', path: 'key', line: 1 })
  })

  test('cannot take up the time of others with a secret in each of 2,100 files, and in its name', async () => {
    const r = await scanned(w)
    for (let n = 0; n < 2_100; n++) await r.owner.write(`${fakeToken()}`, `${fakeToken()}\n`)
    await r.owner.ok('add', '.')
    await r.owner.ok('commit', '-q', '-m', 'many')
    const run = await r.push()
    expect(run.output).toMatch(/secret found: [\d]+ or more findings/)
    expect(run.output).toMatch(/and \d+ more/)
    expect(run.output.split('\n').length).toBeLessThan(70)
    const asked = await r.server.ask('owner', 'GET', `${r.at}/approvals?limit=200`)
    expect(asked.json.length).toBe(100)
  })
})

test('no secret that was found is in the database, in a file of the server, in an event or in an answer', async () => {
  const r = await scanned(w)
  const secrets = [fakeToken(), fakeToken(), fakeToken()] as const
  await r.owner.commit(`${secrets[0]}/key`, `a ${secrets[1]}\n`, `message ${secrets[2]}`)
  const run = await r.push()
  expect(run.output).toContain('secret found')
  const approvals = await r.server.ask('owner', 'GET', `${r.at}/approvals`)
  expect(approvals.json.length).toBeGreaterThanOrEqual(3)
  const seen = JSON.stringify([await w.events(), approvals.json, run.output])
  expect(secrets.filter((secret) => seen.includes(secret))).toEqual([])
  expect(await filesHolding(w.config.dataDir, secrets)).toEqual([])
  const types = (await w.events()).filter((event) => event.repoId === r.id).map(({ type }) => type)
  expect(types).toContain('approval.requested')
})

test('what the settings allow passes, by path, by rule, and by both', async () => {
  const r = await scanned(w)
  await r.set({ allow: [{ path: 'fixtures/**', rule: RULE, reason: 'made up' }] })
  await r.owner.commit('fixtures/deep/key', fakeToken())
  expect((await r.push()).code).toBe(0)
  const secret = fakeToken()
  await r.owner.commit('src/key', secret)
  await isRefused(r, secret, `${RULE}: src/key:1 in `)
  await r.set({ allow: [{ rule: RULE, reason: 'not ours' }] })
  expect((await r.push()).code).toBe(0)
})

test('clean pushes pass: files, tags, deletions, and a branch that only names what is there', async () => {
  const r = await scanned(w)
  await r.owner.commit('clean', '1')
  await r.owner.ok('tag', '-a', 'v1', '-m', 'release')
  for (const refspec of [['main', 'v1'], ['main:other'], [':other', ':v1']])
    expect((await r.push(...refspec)).output).toMatch(/main|other|v1/)
  const run = await runGit(['for-each-ref', '--format=%(refname)'], { cwd: r.gitDir })
  expect(run.stdout).toBe('refs/heads/main\n')
})
