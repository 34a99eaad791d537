import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { runGit } from '../../../test/support/actor.ts'
import { openGitHost, type GitHost } from '../../../test/support/git-host.ts'
import { launcherScript } from '../../../test/support/launcher.ts'
import type { Oid, RefName, RepoId } from '../../kernel/ids.ts'
import { newId } from '../../kernel/uuid.ts'
import { openLauncher, type Launcher } from '../launcher/launcher.ts'
import { openPrivateFiles, type PrivateFiles } from './private-files.ts'
import { pushOut } from './push-out.ts'

let dir: string
let host: GitHost
let launcher: Launcher
let files: PrivateFiles
let tip: Oid
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sluice-push-out-'))
  host = await openGitHost()
  launcher = await openLauncher({ script: await launcherScript(), environmentHome: dir })
  files = await openPrivateFiles(join(dir, 'private'))
  const identity = ['-c', 'user.name=a', '-c', 'user.email=a@example.test']
  await runGit(['init', '-q', '.'], { cwd: dir })
  await runGit([...identity, 'commit', '-q', '--allow-empty', '-m', 'one'], { cwd: dir })
  tip = (await runGit(['rev-parse', 'HEAD'], { cwd: dir })).stdout.trim() as Oid
})
afterAll(async () => {
  await launcher[Symbol.asyncDispose]()
  await host[Symbol.asyncDispose]()
  await rm(dir, { recursive: true, force: true })
})

const MAIN = 'refs/heads/main' as RefName

function push(url: URL, address: string, updates = [{ ref: MAIN, oid: tip as Oid | null }]) {
  const repo = { id: newId() as RepoId, path: dir, objectFormat: 'sha1' } as const
  const limits = { launcher, files, memoryBytes: 1024 ** 3, wallMs: 10_000 }
  const remote = { url, address, username: 'u', password: 'p' }
  return pushOut(limits, repo, remote, updates, new AbortController().signal)
}

test('the name of the remote is not asked for again: only the given address is connected to', async () => {
  const url = new URL(await host.create('pinned/a'))
  url.hostname = 'git.example.test' // no such name
  expect(await push(url, '127.0.0.1')).toEqual([{ ref: MAIN, kind: 'moved' }])
  expect(await host.refs('pinned/a')).toEqual([`refs/heads/main ${tip}`])
  expect(host.calls.at(-1)?.credential).toBe('u:p')
})

test('the address wins over what the name says', async () => {
  const url = new URL(await host.create('pinned/b'))
  url.hostname = 'localhost'
  await expect(push(url, '127.0.0.2')).rejects.toMatchObject({
    details: { reason: 'no connection to the remote' },
  })
})

test('a ref that is not there is deleted without a fault', async () => {
  const url = new URL(await host.create('deleted/a'))
  const gone = { ref: 'refs/heads/never' as RefName, oid: null }
  expect(await push(url, '127.0.0.1', [gone, { ref: MAIN, oid: tip }])).toEqual([
    { ref: 'refs/heads/never', kind: 'moved' },
    { ref: MAIN, kind: 'moved' },
  ])
})

test('a redirect is not followed, and no credential goes there', async () => {
  const elsewhere = await openGitHost()
  await using _ = elsewhere
  const url = new URL(await host.create('moved/a'))
  const location = `${await elsewhere.create('moved/a')}/info/refs?service=git-receive-pack`
  host.behave({ status: 301, headers: { location } })
  try {
    await expect(push(url, '127.0.0.1')).rejects.toMatchObject({ code: 'UNPROCESSABLE' })
  } finally {
    host.behave('serve')
  }
  expect(elsewhere.calls).toEqual([])
})

test('a remote that quotes the credential is not quoted', async () => {
  const url = new URL(await host.create('quoting/a'))
  await host.setHook('quoting/a', 'update', 'exit 1')
  const repo = { id: newId() as RepoId, path: dir, objectFormat: 'sha1' } as const
  const limits = { launcher, files, memoryBytes: 1024 ** 3, wallMs: 10_000 }
  const remote = { url, address: '127.0.0.1', username: 'u', password: 'declined' }
  const signal = new AbortController().signal
  expect(await pushOut(limits, repo, remote, [{ ref: MAIN, oid: tip }], signal)).toEqual([
    { ref: MAIN, kind: 'refused', reason: 'the remote quotes the credential: its words are not shown' },
  ])
})
