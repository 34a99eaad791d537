/** What goes wrong with a backup leaves no half one that looks whole, and nothing is restored from a damaged one. */
import { execFileSync, spawn } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { access, chmod, cp, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { compose } from '../../src/compose.ts'
import { backUpServer, restoreServer, verifyServerBackup } from '../../src/compose/backup.ts'
import { loadConfig } from '../../src/config/load.ts'
import { cliHome, cliScript, type CliHome } from '../support/cli.ts'
import { emptyDatabase } from '../support/databases.ts'
import { launcherScript } from '../support/launcher.ts'
import { programs } from '../support/programs.ts'
import { mayMount, SmallDisk } from '../support/small-disk.ts'
import { world, type World } from '../support/world.ts'

const BLOB_BYTES = 3 * 1024 * 1024

let w: World
let dir: string
/** Shares no file with the server. */
let backup: string
let home: CliHome
beforeAll(async () => {
  w = await world()
  dir = await mkdtemp(join(tmpdir(), 'sluice-faults-'))
  await w.owner.start(w.repo.url)
  await w.owner.commit('large', randomBytes(BLOB_BYTES))
  await w.owner.commit('small', 'one')
  await w.owner.ok('push', '-q', 'origin', 'main')
  backup = join(dir, 'good')
  await backUpServer(w.config, Date, { destination: backup, mode: 'copy' })
  const url = w.config.secrets.databaseUrl?.reveal()
  home = await cliHome({ SLUICE_DATA_DIR: w.config.dataDir, ...(url !== undefined && { DATABASE_URL: url }) })
})
afterAll(async () => {
  await home[Symbol.asyncDispose]()
  await w[Symbol.asyncDispose]()
  await rm(dir, { recursive: true, force: true })
})

const isThere = (path: string) =>
  access(path).then(
    () => true,
    () => false,
  )
const pathIn = (root: string) => join(root, 'repositories', w.repo.id.slice(-2), `${w.repo.id}.git`)

/** A server's place in which nothing is yet. */
async function emptyPlace(dataDir: string) {
  const database = await emptyDatabase()
  const { url } = database.address
  const config = loadConfig({
    SLUICE_DATA_DIR: dataDir,
    SERVER_PORT: '0',
    SLUICE_LOG_LEVEL: 'silent',
    ...(url !== null && { DATABASE_URL: url }),
  })
  return { config, [Symbol.asyncDispose]: () => database[Symbol.asyncDispose]() }
}

async function flipByte(path: string): Promise<void> {
  const content = await readFile(path)
  const at = content.length >> 1
  content[at] = (content[at] ?? 0) ^ 1
  await chmod(path, 0o600)
  await writeFile(path, content)
}

/** The largest file of a repository's objects. */
async function largestObject(repository: string): Promise<string> {
  const entries = await readdir(join(repository, 'objects'), { recursive: true, withFileTypes: true })
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  const contents = await Promise.all(
    paths.map(async (path) => ({ path, size: (await readFile(path)).length })),
  )
  return contents.sort((a, b) => b.size - a.size)[0]?.path ?? ''
}

describe('nothing is restored from a backup', () => {
  test.each<[string, (copy: string) => Promise<void>]>([
    ['a row of which was changed', (copy) => flipByte(join(copy, 'tables', 'events.jsonl'))],
    ['a table of which is missing', (copy) => rm(join(copy, 'tables', 'accounts.jsonl'))],
    ['a ref of which was changed', (copy) => flipByte(join(pathIn(copy), 'packed-refs'))],
    ['an object of which was changed', async (copy) => flipByte(await largestObject(pathIn(copy)))],
    ['an object of which is missing', async (copy) => rm(await largestObject(pathIn(copy)))],
    ['a repository of which is missing', (copy) => rm(pathIn(copy), { recursive: true })],
    ['whose list of repositories is cut off', (copy) => writeFile(join(copy, 'repositories.jsonl'), '')],
    ['whose manifest was changed', (copy) => flipByte(join(copy, 'manifest.json'))],
  ])('%s', async (_claim, damage) => {
    const copy = await mkdtemp(join(dir, 'damaged-'))
    await cp(backup, copy, { recursive: true })
    await damage(copy)
    await using place = await emptyPlace(join(copy, 'restored'))
    const order = { backup: copy, depth: 'content' as const }
    const script = await launcherScript()
    await expect(verifyServerBackup(script, order)).rejects.toMatchObject({ code: 'BACKUP_UNUSABLE' })
    await expect(restoreServer(place.config, script, order)).rejects.toMatchObject({
      code: 'BACKUP_UNUSABLE',
    })
    const started = await isThere(join(place.config.dataDir, 'repositories'))
    if (started)
      await expect(compose({ config: place.config, programs: await programs() })).rejects.toMatchObject({
        code: 'RESTORE_UNFINISHED',
      })
  })

  test('that is none', async () => {
    const order = { backup: dir, depth: 'content' as const }
    await expect(verifyServerBackup(await launcherScript(), order)).rejects.toMatchObject({
      code: 'NOT_FOUND',
    })
  })
})

/** Writes the list of repositories anew, and every sum so that it fits. */
async function rewriteList(copy: string, change: (line: Record<string, unknown>) => void): Promise<void> {
  const path = join(copy, 'repositories.jsonl')
  const lines = (await readFile(path, 'utf8')).trimEnd().split('\n')
  const changed = lines.map((line) => {
    const parsed = JSON.parse(line) as Record<string, unknown>
    change(parsed)
    return `${JSON.stringify(parsed)}\n`
  })
  await writeFile(path, changed.join(''))
  const manifest = join(copy, 'manifest.json')
  const { backup: told } = JSON.parse(await readFile(manifest, 'utf8'))
  told.repositories.sha256 = sha256(changed.join(''))
  await writeFile(manifest, JSON.stringify({ backup: told, sha256: sha256(JSON.stringify(told)) }))
}

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')

describe('of a backup that somebody has forged', () => {
  test.each([
    ['id', '../../../elsewhere'],
    ['id', `${'0'.repeat(8)}/../x`],
    ['head', 'refs/heads/../../config'],
    ['objectFormat', 'sha1\n[core]\nfsmonitor = true'],
  ])('no line whose %s is %j is taken-regression', async (field, value) => {
    const copy = await mkdtemp(join(dir, 'forged-'))
    await cp(backup, copy, { recursive: true })
    if (field === 'id')
      await cp(pathIn(copy), join(copy, 'repositories', value.slice(-2), `${value}.git`), { recursive: true })
    await rewriteList(copy, (line) => (line[field] = value))
    await using place = await emptyPlace(join(copy, 'in', 'restored'))
    const order = { backup: copy, depth: 'content' as const }
    const script = await launcherScript()
    const unusable = { code: 'BACKUP_UNUSABLE' }
    await expect(verifyServerBackup(script, order)).rejects.toMatchObject(unusable)
    await expect(restoreServer(place.config, script, order)).rejects.toMatchObject(unusable)
    expect(await isThere(place.config.dataDir)).toBe(false)
  })

  test('no program that it names is run, and no object from elsewhere counts-regression', async () => {
    const copy = await mkdtemp(join(dir, 'forged-'))
    await cp(backup, copy, { recursive: true })
    const repository = pathIn(copy)
    const program = join(copy, 'program')
    await writeFile(program, `#!/bin/sh\ntouch ${copy}/ran\n`, { mode: 0o700 })
    const work = join(copy, 'work')
    const git = (...args: string[]) => execFileSync('git', args, { cwd: copy, stdio: 'ignore' })
    git('init', '-q', 'work')
    git('-C', 'work', 'config', 'core.fsmonitor', program)
    await writeFile(join(work, 'file'), 'content')
    git('-C', 'work', 'add', 'file')
    git('-C', 'work', 'status')
    expect(await isThere(join(copy, 'ran'))).toBe(true)
    await rm(join(copy, 'ran'))
    await cp(join(work, '.git', 'index'), join(repository, 'index'))
    const config = `[core]\n\tbare = false\n\tworktree = ${work}\n\tfsmonitor = ${program}\n`
    await writeFile(join(repository, 'config'), config, { flag: 'a' })
    const order = { backup: copy, depth: 'content' as const }
    const script = await launcherScript()
    expect(await verifyServerBackup(script, order)).toMatchObject({ refs: 1 })
    expect(await isThere(join(copy, 'ran'))).toBe(false)

    await rename(await largestObject(repository), join(copy, 'taken'))
    await mkdir(join(repository, 'objects', 'info'), { recursive: true })
    await writeFile(join(repository, 'objects', 'info', 'alternates'), join(pathIn(backup), 'objects\n'))
    await expect(verifyServerBackup(script, order)).rejects.toMatchObject({ code: 'BACKUP_UNUSABLE' })
  })
})

test('a backup that is called off leaves nothing behind', async () => {
  const stop = new AbortController()
  const destination = join(dir, 'called-off')
  const making = backUpServer(w.config, Date, {
    destination,
    mode: 'link',
    signal: stop.signal,
  })
  stop.abort(new Error('called off'))
  await expect(making).rejects.toThrow('called off')
  expect((await readdir(dir)).filter((name) => name.startsWith('called-off'))).toEqual([])
})

/** A file that is never read to its end: whoever copies it stands still. */
function trap(repository: string): string {
  const path = join(repository, 'objects', '00')
  execFileSync('mkdir', ['-p', path])
  execFileSync('mkfifo', [join(path, '0'.repeat(38))])
  return join(path, '0'.repeat(38))
}

/** Kills the command as soon as a file is there. */
async function killAt(path: string, env: Record<string, string>, ...args: string[]): Promise<void> {
  const child = spawn(process.execPath, [await cliScript(), ...args], {
    env: { PATH: process.env['PATH'] ?? '', HOME: home.dir, ...env },
    stdio: 'ignore',
  })
  const ended = once(child, 'exit')
  await vi.waitFor(async () => expect(await isThere(path)).toBe(true), { timeout: 20_000 })
  child.kill('SIGKILL')
  await ended
}

const ownSettings = (): Record<string, string> => {
  const url = w.config.secrets.databaseUrl?.reveal()
  return { SLUICE_DATA_DIR: w.config.dataDir, ...(url !== undefined && { DATABASE_URL: url }) }
}

test('a backup that is killed has no name, and says so to the next one', async () => {
  const destination = join(dir, 'killed')
  const fifo = trap(w.repo.path)
  await killAt(`${destination}.partial/repositories`, ownSettings(), 'backup', destination, '--copy')
  await rm(fifo)
  expect(await isThere(destination)).toBe(false)
  const again = await home.run(['backup', destination])
  expect([again.code, again.stderr]).toEqual([6, expect.stringContaining(`remove ${destination}.partial`)])
  await rm(`${destination}.partial`, { recursive: true })
  expect((await home.run(['backup', destination])).code).toBe(0)
})

test('no server starts on what a killed restore has left, and it is not restored over', async () => {
  const copy = join(dir, 'to-be-killed')
  await cp(backup, copy, { recursive: true })
  const fifo = trap(pathIn(copy))
  await using place = await emptyPlace(join(dir, 'half'))
  const { dataDir, secrets } = place.config
  const url = secrets.databaseUrl?.reveal()
  const env = { SLUICE_DATA_DIR: dataDir, ...(url !== undefined && { DATABASE_URL: url }) }
  await killAt(join(dataDir, 'restore.unfinished'), env, 'restore', copy)
  const script = await launcherScript()
  await expect(compose({ config: place.config, programs: await programs() })).rejects.toMatchObject({
    code: 'RESTORE_UNFINISHED',
  })
  const order = { backup, depth: 'content' as const }
  await expect(restoreServer(place.config, script, order)).rejects.toMatchObject({ code: 'CONFLICT' })
  await rm(fifo)
  await rm(dataDir, { recursive: true })
  expect(await restoreServer(place.config, script, order)).toMatchObject({ repositories: 1, refs: 1 })
})

test('the command tells people and programs what it did', async () => {
  const destination = join(dir, 'told')
  const made = await home.run(['backup', destination, '--json'])
  expect([made.code, made.stderr]).toEqual([0, ''])
  const summary = { path: destination, repositories: 1, refs: 1, keySecret: 'included', damaged: [] }
  expect(JSON.parse(made.stdout)).toMatchObject(summary)
  const checked = await home.run(['restore', destination, '--check'])
  expect(checked.stdout).toMatch(
    /^the backup is whole, as of \d{4}-\S+: repositories: 1, refs: 1, rows: \d+\n$/,
  )
  const nowhere = await home.run(['backup', join(dir, 'x'), '--data-dir', join(dir, 'nowhere')])
  expect([nowhere.code, await isThere(join(dir, 'nowhere'))]).toEqual([5, false])
})

describe.skipIf(!mayMount())('on a disk that is full', () => {
  test('no half backup is left, and it is said why', async () => {
    using disk = new SmallDisk(2)
    const making = backUpServer(w.config, Date, { destination: join(disk.path, 'backup'), mode: 'link' })
    const reason = 'there is no space left where it is written'
    await expect(making).rejects.toMatchObject({ code: 'BACKUP_FAILED', details: { reason } })
    expect(await readdir(disk.path)).toEqual([])
  })

  test('no server starts on what could be restored', async () => {
    using disk = new SmallDisk(2)
    await using place = await emptyPlace(join(disk.path, 'data'))
    const script = await launcherScript()
    const making = restoreServer(place.config, script, { backup, depth: 'reachable' })
    await expect(making).rejects.toMatchObject({ code: 'BACKUP_FAILED' })
    await expect(compose({ config: place.config, programs: await programs() })).rejects.toMatchObject({
      code: 'RESTORE_UNFINISHED',
    })
  })
})
