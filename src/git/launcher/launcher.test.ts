import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { build } from 'esbuild'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { happening } from '../../../test/support/between.ts'
import { launcherScript, testLauncher } from '../../../test/support/launcher.ts'
import { childrenOf } from '../../../test/support/processes.ts'
import { LauncherChild } from './launcher-child.ts'
import type { Launcher } from './launcher.ts'
import { SLAB_BYTES, SlabPool } from './slab-pool.ts'

let launcher: Launcher
let cwd: string
beforeAll(async () => {
  launcher = await testLauncher()
  cwd = await mkdtemp(join(tmpdir(), 'sluice-cwd-'))
})
afterAll(async () => {
  await launcher[Symbol.asyncDispose]()
  await rm(cwd, { recursive: true })
})

/** git runs a shell command as an alias, so that a test can make git do anything. */
function shell(script: string): string[] {
  return ['-c', `alias.go=!${script}`, 'go']
}

async function isAlive(pid: number): Promise<boolean> {
  try {
    return !/^\d+ \(.*\) [ZX]/.test(await readFile(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}

function launchersOf(pid: number): number[] {
  return childrenOf(pid).flatMap((child) => (child.command.includes('launcher-process') ? child.pid : []))
}

async function waitUntilDead(...pids: number[]): Promise<void> {
  for (const pid of pids) await expect.poll(() => isAlive(pid), { timeout: 8_000 }).toBe(false)
}

async function firstLine(git: { stdout: NodeJS.ReadableStream }): Promise<string> {
  const [chunk] = (await once(git.stdout, 'data')) as [Buffer]
  return chunk.toString().trim()
}

test('a connection that is lost on its way takes its own process along, and nobody gets what is meant for another', async () => {
  await using lossy = await testLauncher({ script: await losingEverySecond() })
  const answers = await Promise.allSettled(
    Array.from({ length: 8 }, (_, i) => lossy.run({ cwd, args: shell(`echo ${i}`) })),
  )
  const said = answers.map((each) => (each.status === 'fulfilled' ? each.value.stdout.toString() : 'failed'))
  expect(said).toEqual(['0\n', 'failed', '2\n', 'failed', '4\n', 'failed', '6\n', 'failed'])
})

/** As libuv treats connections while the launcher has no descriptor left. */
async function losingEverySecond(): Promise<string> {
  const path = join(cwd, 'losing.mjs')
  await writeFile(
    path,
    `import net from 'node:net'
     import { syncBuiltinESMExports } from 'node:module'
     const { createServer } = net
     let taken = 0
     net.createServer = (opts, take) => createServer(opts, (socket) => (++taken % 2 ? take(socket) : socket.destroy()))
     syncBuiltinESMExports()
     await import(${JSON.stringify(await launcherScript())})`,
  )
  return path
}

test('each of many concurrent processes gets its own input and output', async () => {
  const before = launcher.started
  const texts = Array.from({ length: 60 }, (_, i) => `text ${i}`)
  const got = await Promise.all(
    texts.map((input) =>
      launcher.run({ cwd, args: ['stripspace'] }, { input }).then((r) => r.stdout.toString()),
    ),
  )
  expect(got).toEqual(texts.map((text) => `${text}\n`))
  expect(launcher.started - before).toBe(60)
})

test('processes that run behind the others are not counted among those that somebody waits for', async () => {
  const before = { all: launcher.started, inFront: launcher.startedInFront }
  await launcher.run({ cwd, args: ['version'] })
  await launcher.run({ cwd, args: ['version'], niceness: 10 })
  expect(launcher.started - before.all).toBe(2)
  expect(launcher.startedInFront - before.inFront).toBe(1)
})

test('git sees nothing of the server’s environment, no hooks and no configuration of the machine', async () => {
  process.env['SLUICE_TEST_SECRET'] = 'hush'
  const { stdout } = await launcher.run({ cwd, args: shell('env'), env: { GIT_PROTOCOL: 'version=2' } })
  delete process.env['SLUICE_TEST_SECRET']
  const env = stdout.toString()
  expect(env).not.toContain('hush')
  for (const line of ['GIT_CONFIG_NOSYSTEM=1', 'GIT_CONFIG_GLOBAL=/dev/null', 'GIT_TERMINAL_PROMPT=0'])
    expect(env).toContain(line)
  expect(env).toContain('GIT_PROTOCOL=version=2')
  expect(env).not.toContain('NODE_CHANNEL_FD')
  const hooks = await launcher.run({ cwd, args: ['config', 'core.hooksPath'] })
  expect(env).toContain(`HOME=${hooks.stdout.toString().trim()}\n`)
})

test('git may talk to no other server unless its starter says so', async () => {
  const remote = ['ls-remote', 'https://127.0.0.1:1/x.git']
  await expect(launcher.run({ cwd, args: remote })).rejects.toMatchObject({
    code: 'GIT_FAILED',
    cause: { message: expect.stringContaining("transport 'https' not allowed") },
  })
})

test('a failing git is GIT_FAILED, and its words stay in the cause', async () => {
  const failed = launcher.run({ cwd, args: ['cat-file', '-t', 'nonsense'] })
  await expect(failed).rejects.toMatchObject({ code: 'GIT_FAILED', details: null })
  await expect(failed).rejects.toMatchObject({
    cause: { message: expect.stringContaining('cat-file: exit 128') },
  })
})

test('an exit code that is an answer is returned', async () => {
  const { code } = await launcher.run({ cwd, args: shell('exit 1') }, { okCodes: [0, 1] })
  expect(code).toBe(1)
})

test('a directory that does not exist is a failure of that process alone', async () => {
  await expect(launcher.run({ cwd: join(cwd, 'nowhere'), args: ['version'] })).rejects.toThrow('git failed')
  expect((await launcher.run({ cwd, args: ['version'] })).stdout.toString()).toContain('git version')
})

test('output above the bound ends git', async () => {
  const endless = launcher.run({ cwd, args: shell('cat /dev/zero') }, { maxOutputBytes: 1 << 20 })
  await expect(endless).rejects.toMatchObject({ code: 'GIT_FAILED' })
})

test('an abort ends git together with its children', async () => {
  const abort = new AbortController()
  const git = launcher.start({ cwd, args: shell('sleep 600 & echo $! $$; wait') }, { signal: abort.signal })
  const pids = (await firstLine(git)).split(' ').map(Number)
  abort.abort()
  expect(await git.exited).toMatchObject({ code: null })
  await waitUntilDead(...pids)
})

test('a process that is killed as soon as it was asked for does no work, started or not', async () => {
  const git = launcher.start({ cwd, args: shell('sleep 5; echo ran >&2') })
  git.kill()
  git.stdout.resume()
  expect((await git.exited).stderr).not.toContain('ran')
})

test('git that takes too long is ended', async () => {
  const git = launcher.start({ cwd, args: shell('sleep 600'), wallMs: 100 })
  git.stdout.resume()
  expect(await git.exited).toMatchObject({ code: null, timedOut: true })
})

test('limits of memory, of CPU time and of files hold for git’s children too', async () => {
  const limits = await launcher.run({
    cwd,
    args: shell('ulimit -v; ulimit -t; ulimit -f'),
    memoryBytes: 300 << 20,
    cpuSeconds: 7,
    fileBytes: 3000,
  })
  expect(limits.stdout.toString()).toBe(`${300 << 10}\n7\n6\n`)
})

test('stderr comes as it is written, and its tail at the end', async () => {
  let live = ''
  const spec = { cwd, args: shell('echo one >&2; echo two >&2'), stderr: (text: string) => (live += text) }
  const { stderr } = await launcher.run(spec)
  expect(live).toBe('one\ntwo\n')
  expect(stderr).toBe('one\ntwo\n')
})

test('a lost launcher fails what is in flight, leaves no git behind and is replaced', async () => {
  const other = await testLauncher()
  const told = happening() // behind the launcher's word that it runs, which tells whom to end
  const args = shell('echo $$; echo up >&2; sleep 600')
  const git = other.start({ cwd, args, stderr: () => told.happen() })
  const pid = Number(await firstLine(git))
  await told.happened
  process.kill(other.pid ?? 0, 'SIGKILL')
  await expect(git.exited).rejects.toMatchObject({ code: 'LAUNCHER_LOST', status: 503 })
  await waitUntilDead(pid)
  expect(() => other.start({ cwd, args: ['version'] })).toThrow('git was restarted')
  expect((await other.run({ cwd, args: ['version'] })).stdout.toString()).toContain('git version')
  await other[Symbol.asyncDispose]()
})

test('a launcher that is told to end while it is being restarted ends', async () => {
  const own = await testLauncher()
  const known = [launcher.pid, own.pid]
  const another = () => launchersOf(process.pid).find((pid) => !known.includes(pid))
  process.kill(own.pid ?? 0, 'SIGKILL')
  await vi.waitFor(() => expect(another()).toBeDefined(), { interval: 1 })
  await own[Symbol.asyncDispose]()
  expect(launchersOf(process.pid)).toEqual([launcher.pid])
})

test('a server that is killed takes its launcher and every git with it', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'sluice-server-'))
  const outfile = join(dir, 'server.mjs')
  const source = `
    import { openLauncher } from './src/git/launcher/launcher.ts'
    const launcher = await openLauncher({ script: process.argv[2], environmentHome: ${JSON.stringify(dir)} })
    const git = launcher.start({ cwd: '/', args: ['-c', 'alias.go=!trap "" TERM; echo $$; sleep 600', 'go'] })
    git.stdout.on('data', (pid) => console.log(launcher.pid, String(pid).trim()))`
  const stdin = { contents: source, resolveDir: join(import.meta.dirname, '../../..'), loader: 'ts' } as const
  await build({ stdin, bundle: true, platform: 'node', format: 'esm', target: 'node20', outfile })
  const server = spawn(process.execPath, [outfile, await launcherScript()], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [line] = (await once(server.stdout, 'data')) as [Buffer]
  const pids = line.toString().trim().split(' ').map(Number)
  expect(pids).toHaveLength(2)
  server.kill('SIGKILL')
  await waitUntilDead(...pids)
  await rm(dir, { recursive: true })
})

const GIBIBYTE = 2 ** 30

test('a stream of a gibibyte is carried whole with flat memory', { timeout: 60_000 }, async () => {
  let bytes = 0
  let peak = 0
  const slow = new Writable({
    write(chunk: Buffer, _encoding, done) {
      bytes += chunk.length
      peak = Math.max(peak, process.memoryUsage().rss)
      setImmediate(done)
    },
  })
  const before = process.memoryUsage().rss
  const git = launcher.startInto(slow, { cwd, args: shell(`head -c ${GIBIBYTE} /dev/zero`) })
  git.stdin.end()
  await git.written
  expect((await git.exited).code).toBe(0)
  expect(bytes).toBe(GIBIBYTE)
  expect(peak - before).toBeLessThan(32 << 20)
})

test('a launcher that the system does not let start is tried again until it does', async () => {
  const env: Record<string, string> = {}
  const directory = await mkdtemp(join(tmpdir(), 'sluice-child-'))
  let losses = 0
  const script = await launcherScript()
  const onLost = () => void losses++
  await using child = new LauncherChild({ script, directory, env, onMessage: () => {}, onLost })
  await child.ready()
  env['LARGE'] = 'x'.repeat(256 * 1024) // E2BIG, which is thrown as ENOMEM is
  process.kill(child.pid ?? 0, 'SIGKILL')
  await expect.poll(() => losses).toBeGreaterThan(1)
  const gone = new AbortController()
  const waits = child.ready(gone.signal)
  gone.abort(new Error('the client is gone'))
  await expect(waits).rejects.toThrow('the client is gone')
  delete env['LARGE']
  await child.ready()
  await rm(directory, { recursive: true })
})

test('a pumped stream arrives unchanged whatever the pace of its reader', async () => {
  const script = 'i=0; while [ $i -lt 200000 ]; do i=$((i+1)); echo line $i; done'
  const expected = createHash('sha256')
  for (let i = 1; i <= 200_000; i++) expected.update(`line ${i}\n`)
  const got = createHash('sha256')
  let n = 0
  const uneven = new Writable({
    write(chunk: Buffer, _encoding, done) {
      const late = () => {
        got.update(chunk) // only now: a slab that was given back too early would show
        done()
      }
      if (n++ % 3 === 0) setTimeout(late, 1)
      else late()
    },
  })
  const git = launcher.startInto(uneven, { cwd, args: shell(script) })
  git.stdin.end()
  await git.written
  expect(got.digest('hex')).toBe(expected.digest('hex'))
})

/** Exit code of a shell whose command got the signal. @see sh(1) */
const SIGPIPE_BY_SHELL = 128 + 13

test('a write that fails when git has ended already is told', async () => {
  let fail: (() => void) | null = null
  const full = new Writable({
    write: (_chunk, _encoding, done) => (fail = () => done(new Error('ENOSPC: no space left on device'))),
  })
  full.on('error', () => {})
  const git = launcher.startInto(full, { cwd, args: ['version'] })
  await git.exited
  await expect.poll(() => fail).not.toBeNull()
  await new Promise(setImmediate) // its output has ended, too
  fail!()
  await expect(git.written).rejects.toMatchObject({ code: 'REQUEST_ABORTED' })
})

test('a reader who goes away when git has ended, and not all of its output was read, leaves nothing behind', async () => {
  const slabs = new SlabPool(3)
  await using own = await testLauncher({ slabs })
  const sockets = () => process.getActiveResourcesInfo().filter((name) => name === 'PipeWrap').length
  const before = sockets()
  const stuck = new Writable({ write: () => {} })
  const git = own.startInto(stuck, {
    cwd,
    args: shell('for i in 1 2 3; do echo one; read -r go; done'),
  })
  for (const taken of ['one\n'.length, 'one\none\n'.length]) {
    await expect.poll(() => stuck.writableLength).toBe(taken)
    git.stdin.write('go\n')
  }
  git.stdin.end('go\n') // what comes third stays unread: two are on their way to the reader
  await git.exited
  stuck.destroy()
  await expect(git.written).rejects.toMatchObject({ code: 'REQUEST_ABORTED' })
  await expect.poll(sockets).toBe(before)
  expect([slabs.take(), slabs.take(), slabs.take()].map(({ length }) => length)).toEqual(
    Array(3).fill(SLAB_BYTES),
  )
})

test('git is ended when the reader of its stream goes away', async () => {
  const reader = new Writable({ write: (_chunk, _encoding, done) => done() })
  const git = launcher.startInto(reader, { cwd, args: shell('cat /dev/zero') })
  reader.destroy()
  await expect(git.written).rejects.toMatchObject({ code: 'REQUEST_ABORTED' })
  const { code } = await git.exited
  expect([null, SIGPIPE_BY_SHELL]).toContain(code) // ended by the launcher, or by its pipe a moment earlier
})
