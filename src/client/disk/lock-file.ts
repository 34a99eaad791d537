/**
 * One process at a time, by a file that names its owner. It survives an owner that died, and a wait is
 * bounded: what it guards is safe without it and merely dearer. Node.js only.
 */
import { randomUUID } from 'node:crypto'
import { open, readFile, rm, stat } from 'node:fs/promises'
import { hostname } from 'node:os'
import { setTimeout as pause } from 'node:timers/promises'

/** Longer than any owner works; an owner elsewhere cannot be asked whether it lives. */
const ABANDONED_MS = 60_000
const PATIENCE_MS = 40_000
const POLL_MS = 10

interface Owner {
  readonly id: string
  readonly pid: number
  readonly host: string
}

/**
 * Runs `work` while the lock file is ours; without it when it cannot be made or had in time.
 *
 * @throws whatever the work throws; the reason of `signal`, when that ends the wait
 */
export async function withLockFile<T>(
  path: string,
  work: () => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  const owner = { id: randomUUID(), pid: process.pid, host: hostname() }
  const isLocked = await acquire(path, owner, signal)
  try {
    return await work()
  } finally {
    if (isLocked) await release(path, owner)
  }
}

async function acquire(path: string, owner: Owner, signal?: AbortSignal): Promise<boolean> {
  const deadline = performance.now() + PATIENCE_MS
  while (performance.now() < deadline) {
    signal?.throwIfAborted()
    const made = await make(path, owner)
    if (made !== 'taken') return made === 'made'
    if (await isLeftBehind(path)) await remove(path)
    else await pause(POLL_MS + Math.random() * POLL_MS, undefined, signal ? { signal } : {})
  }
  return false
}

async function make(path: string, owner: Owner): Promise<'made' | 'taken' | 'impossible'> {
  try {
    await using file = await open(path, 'wx', 0o600)
    await file.writeFile(JSON.stringify(owner)).catch(async (error: unknown) => {
      await rm(path, { force: true }) // others would wait for nobody
      throw error
    })
    return 'made'
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EEXIST' ? 'taken' : 'impossible'
  }
}

/** Somebody who took us for dead may have it now. */
async function release(path: string, { id }: Owner): Promise<void> {
  if ((await ownerOf(path))?.id === id) await rm(path, { force: true })
}

async function isLeftBehind(path: string): Promise<boolean> {
  const owner = await ownerOf(path)
  if (owner?.host === hostname() && !isAlive(owner.pid)) return true
  const made = await stat(path).catch(() => null)
  return made !== null && Date.now() - made.mtimeMs > ABANDONED_MS
}

/** `null`: gone, or not written yet. */
async function ownerOf(path: string): Promise<Owner | null> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as Owner
  } catch {
    return null
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** One at a time, so that nobody removes the lock of the next owner in place of the dead one's. */
async function remove(path: string): Promise<void> {
  const guard = `${path}.removing`
  const owner = { id: randomUUID(), pid: process.pid, host: hostname() }
  if ((await make(guard, owner)) !== 'made') {
    if (await isLeftBehind(guard)) await rm(guard, { force: true })
    return
  }
  try {
    if (await isLeftBehind(path)) await rm(path, { force: true })
  } finally {
    await rm(guard, { force: true })
  }
}
