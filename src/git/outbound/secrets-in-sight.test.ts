import { execFile } from 'node:child_process'
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openOutbound, type Outbound } from '../../../test/support/outbound.ts'
import type { Oid, RefName } from '../../kernel/ids.ts'
import { openPrivateFiles } from './private-files.ts'

const MAIN = 'refs/heads/main' as RefName

let out: Outbound
let tip: Oid
beforeAll(async () => {
  out = await openOutbound()
  tip = await out.commit('one')
})
afterAll(() => out[Symbol.asyncDispose]())

/** What anybody of this user sees of every process while the upstream thinks about a push. @see proc(5) */
async function seenWhilePushing(kind: 'https' | 'ssh'): Promise<{ seen: string; modes: string[] }> {
  const host = out[kind]
  await host.create('a/b')
  const [called, answer] = [join(out.repo.path, `called-${kind}`), join(out.repo.path, `answer-${kind}`)]
  await promisify(execFile)('mkfifo', [called, answer])
  await host.setHook('a/b', 'pre-receive', `echo now > '${called}'; read word < '${answer}'`)
  const updates = [{ ref: MAIN, oldOid: null, newOid: tip }]
  const pushed = out.git.push(host.remote('a/b'), out.repo, out.environment, updates)
  await readFile(called)
  const [seen, modes] = [await everyProcess(), await modesBelow(out.files.directory)]
  await writeFile(answer, 'go on\n')
  expect((await pushed).refs).toEqual([{ ref: MAIN, kind: 'moved' }])
  return { seen, modes }
}

async function everyProcess(): Promise<string> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
  const files = pids.flatMap((pid) => [`/proc/${pid}/cmdline`, `/proc/${pid}/environ`])
  const texts = await Promise.all(files.map((file) => readFile(file, 'latin1').catch(() => '')))
  return texts.join('\n')
}

async function modesBelow(directory: string): Promise<string[]> {
  const names = ['.', ...(await readdir(directory, { recursive: true }))]
  const found = await Promise.all(names.map((name) => stat(join(directory, name))))
  return [
    ...new Set(found.map((entry) => `${entry.isDirectory() ? 'd' : 'f'}${(entry.mode & 0o777).toString(8)}`)),
  ]
}

test('a password stands in no command line and no environment while git runs, and in no file afterwards', async () => {
  const { seen, modes } = await seenWhilePushing('https')
  const { username, password } = out.https
  expect(seen).toContain('/a/b.git') // the push was among them
  for (const secret of [
    password,
    Buffer.from(`${username}:${password}`).toString('base64'),
    '-----BEGIN CERT',
  ])
    expect(seen).not.toContain(secret)
  expect(modes.sort()).toEqual(['d700', 'f600'])
  expect(await readdir(out.files.directory)).toEqual([])
})

test('nor does a private key', async () => {
  const { seen, modes } = await seenWhilePushing('ssh')
  expect(seen).toContain('StrictHostKeyChecking=yes')
  for (const line of out.ssh.key.privateKey.trim().split('\n')) expect(seen).not.toContain(line)
  expect(modes.sort()).toEqual(['d700', 'f600'])
  expect(await readdir(out.files.directory)).toEqual([])
})

test('what a server that was killed left behind is removed at the next start, and what runs is left alone', async () => {
  const shared = join(out.repo.path, 'shared')
  await using first = await openPrivateFiles(shared)
  const [, host = ''] = /^(.+)-\d+-[0-9a-f]+$/.exec(basename(first.directory)) ?? []
  const dead = `${host}-4194999-0123456789ab` // no process id goes so far
  const running = `${host}-${process.ppid}-0123456789ab`
  for (const name of [dead, running]) {
    await mkdir(join(shared, name))
    await writeFile(join(shared, name, 'key'), 'a secret')
  }
  await using next = await openPrivateFiles(shared)
  expect((await readdir(shared)).sort()).toEqual([running, basename(next.directory)].sort())
})
