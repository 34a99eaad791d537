import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, open, readdir, readlink, rm, stat, truncate } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import { Writable } from 'node:stream'
import { expect, test, vi } from 'vitest'
import { overlay, happening } from '../../../test/support/between.ts'
import { FairQueue } from '../limits.ts'
import type { RepoId } from '../../kernel/ids.ts'
import { SlabPool } from '../launcher/slab-pool.ts'
import type { ReadyAnswer } from '../ready-answer.ts'
import { written } from '../written.ts'
import type { OpenFile } from './answer-file.ts'
import type { Asker } from './first-place.ts'
import { FetchCache, type FetchCacheParts, type Produce } from './fetch-cache.ts'

const REPO = '00000000-0000-0000-0000-000000000001' as RepoId
const MIB = 1024 * 1024

interface Shop extends AsyncDisposable {
  readonly cache: FetchCache
  readonly directory: string
  readonly faults: unknown[]
  /** Moves the clock. */
  pass(ms: number): void
  ask(
    key: string,
    produce: Produce,
    opts?: { repoId?: RepoId; atOnce?: boolean; asker?: Asker },
  ): ReadyAnswer | null
}

async function shop(opts: Partial<FetchCacheParts> = {}): Promise<Shop> {
  const directory = await mkdtemp(join(tmpdir(), 'sluice-fetches-'))
  const faults: unknown[] = []
  let clock = 0
  const cache = new FetchCache({
    directory,
    maxBytes: 64 * MIB,
    slabs: new SlabPool(),
    onFailed: (err) => faults.push(err),
    now: () => clock,
    ...opts,
  })
  return {
    cache,
    directory,
    faults,
    pass: (ms) => void (clock += ms),
    ask: (key, produce, { repoId = REPO, atOnce = true, asker = anybody } = {}) =>
      cache.find({ repoId, key, isSharedAtOnce: () => atOnce, asker }, produce),
    async [Symbol.asyncDispose]() {
      await cache[Symbol.asyncDispose]()
      await rm(directory, { recursive: true, force: true })
    },
  }
}

const anybody: Asker = { party: 'anybody', enter: async () => ({ [Symbol.dispose]: () => {} }) }

/** Somebody who makes an answer as the story tells him to. */
function maker() {
  const started = happening<{ into: Writable; signal: AbortSignal }>()
  const ended = happening<boolean | Error>()
  let starts = 0
  const produce: Produce = async (into, signal) => {
    starts++
    signal.addEventListener('abort', () => ended.happen(new Error('told to stop')))
    started.happen({ into, signal })
    const how = await ended.happened
    if (how instanceof Error) throw how
    return how
  }
  return {
    produce,
    starts: () => starts,
    write: async (bytes: Buffer) => written((await started.happened).into, bytes),
    end: ended.happen,
    stopped: async () => {
      const { signal } = await started.happened
      if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve))
    },
  }
}

function makes(bytes: Buffer): Produce {
  return async (into) => {
    await written(into, bytes)
    return true
  }
}

const never: Produce = async () => {
  throw new Error('it was to be there already')
}

/** Reads an answer to its end. */
async function read(answer: ReadyAnswer | null): Promise<Buffer> {
  const { into, bytes } = reader()
  if (answer === null) throw new Error('nothing is shared')
  await using ready = answer
  await ready.writeInto(into)
  return bytes()
}

/** `gate`: bytes after which it takes no more until it is told. */
function reader(gate = Infinity) {
  const chunks: Buffer[] = []
  const full = happening()
  const goOn = happening()
  let size = 0
  const into = new Writable({
    write(chunk: Buffer, _encoding, done) {
      chunks.push(Buffer.from(chunk))
      size += chunk.length
      if (size < gate) return done()
      full.happen()
      void goOn.happened.then(() => done())
    },
  })
  into.on('error', () => {})
  return { into, bytes: () => Buffer.concat(chunks), full: full.happened, goOn: goOn.happen }
}

test('many read one answer while it is made, and afterwards', async () => {
  await using s = await shop()
  const bytes = randomBytes(3 * MIB)
  const made = maker()
  const early = Array.from({ length: 20 }, () => read(s.ask('k', made.produce)))
  for (let at = 0; at < bytes.length; at += 100_000) await made.write(bytes.subarray(at, at + 100_000))
  const late = read(s.ask('k', never))
  made.end(true)
  for (const got of await Promise.all([...early, late])) expect(got.equals(bytes)).toBe(true)
  expect((await read(s.ask('k', never))).equals(bytes)).toBe(true)
  expect(made.starts()).toBe(1)
  expect(s.cache.counts).toMatchObject({ hits: 21, misses: 1, failures: 0 })
  expect(s.cache.bytes).toBe(bytes.length)
  expect(s.cache.followers).toBe(0)
})

test('what is not worth the disk at once is, when it is asked for again', async () => {
  await using s = await shop()
  expect(s.ask('k', never, { atOnce: false })).toBeNull()
  expect(await readdir(s.directory)).toEqual([])
  expect(await read(s.ask('k', makes(Buffer.from('again')), { atOnce: false }))).toEqual(Buffer.from('again'))
})

test('an answer that nobody asks for again is gone after minutes; one that was repeated stays', async () => {
  await using s = await shop()
  for (const key of ['once', 'twice']) await read(s.ask(key, makes(Buffer.from(key))))
  await read(s.ask('twice', never))
  s.pass(119_000)
  s.cache.expire()
  expect(s.cache.answers).toBe(2)
  s.pass(2_000)
  s.cache.expire()
  expect(s.cache.answers).toBe(1)
  expect(await read(s.ask('twice', never))).toEqual(Buffer.from('twice'))
})

test('files are for the server’s user alone', async () => {
  await using s = await shop()
  await read(s.ask('k', makes(Buffer.from('secret'))))
  const [name = ''] = await readdir(s.directory)
  expect((await stat(join(s.directory, name))).mode & 0o777).toBe(0o600)
})

/** Bytes on disk that the files of a directory take, those that are removed but still open included. */
async function bytesOnDisk(directory: string): Promise<number> {
  const fds = await readdir('/proc/self/fd')
  const targets = await Promise.all(fds.map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => '')))
  const removed = fds.filter(
    (_, at) => targets[at]?.startsWith(directory) && targets[at].endsWith(' (deleted)'),
  )
  const paths = [
    ...removed.map((fd) => `/proc/self/fd/${fd}`),
    ...(await readdir(directory)).map((name) => join(directory, name)),
  ]
  const files = await Promise.all(paths.map((path) => stat(path)))
  const sizes = new Map(files.map(({ ino, size }) => [ino, size])) // open more than once, it is there once
  return [...sizes.values()].reduce((sum, size) => sum + size, 0)
}

test('the disk is bounded: the least recently asked for that nobody reads makes room', async () => {
  await using s = await shop({ maxBytes: 10 * MIB })
  const [a, b, c] = [randomBytes(4 * MIB), randomBytes(4 * MIB), randomBytes(4 * MIB)]
  await read(s.ask('a', makes(a)))
  await read(s.ask('b', makes(b)))
  await read(s.ask('b', never))
  const slow = reader(1)
  await using answer = s.ask('a', never) as ReadyAnswer
  const reading = answer.writeInto(slow.into)
  await slow.full
  await read(s.ask('b', never)) // so that `a` would be the first to go
  await read(s.ask('c', makes(c)))
  expect(s.cache.counts.evictions).toBe(1)
  expect((await read(s.ask('a', never))).equals(a)).toBe(true)
  expect((await read(s.ask('c', never))).equals(c)).toBe(true)
  slow.goOn()
  await reading
  expect(slow.bytes().equals(a)).toBe(true)
  expect(await bytesOnDisk(s.directory)).toBe(s.cache.bytes)
})

test('what is removed while it is read counts until its last reader has left', async () => {
  await using s = await shop({ maxBytes: 12 * MIB })
  const bytes = Object.fromEntries(['a', 'b', 'c'].map((key) => [key, randomBytes(5 * MIB)]))
  const slow = ['a', 'b'].map((key) => ({ key, ...reader(1) }))
  const answers: ReadyAnswer[] = []
  const reading: Promise<void>[] = []
  for (const { key, into, full } of slow) {
    await read(s.ask(key, makes(bytes[key]!)))
    const answer = s.ask(key, never) as ReadyAnswer
    answers.push(answer)
    reading.push(answer.writeInto(into))
    await full
  }
  s.cache.drop(REPO)
  expect(s.cache.answers).toBe(0)
  await vi.waitFor(async () => expect(await readdir(s.directory)).toEqual([]))
  expect([s.cache.bytes, await bytesOnDisk(s.directory)]).toEqual([10 * MIB, 10 * MIB])
  const made = read(s.ask('c', makes(bytes['c']!))) // for want of room it passes through a window
  expect((await made).equals(bytes['c']!)).toBe(true)
  expect(s.cache.answers).toBe(0)
  expect(await bytesOnDisk(s.directory)).toBeLessThanOrEqual(12 * MIB)
  for (const { goOn } of slow) goOn()
  await Promise.all(reading)
  for (const { key, bytes: got } of slow) expect(got().equals(bytes[key]!)).toBe(true)
  for (const answer of answers) await answer[Symbol.asyncDispose]()
  await vi.waitFor(() => expect(s.cache.bytes).toBe(0))
  expect(await bytesOnDisk(s.directory)).toBe(0)
})

test('an answer too large to be kept passes through a window, whole, at the pace of its slowest reader', async () => {
  await using s = await shop({ maxBytes: 4 * MIB })
  const bytes = randomBytes(40 * MIB)
  const made = maker()
  const first = reader(1)
  const second = s.ask('k', made.produce) as ReadyAnswer
  const third = s.ask('k', never) as ReadyAnswer
  const reading = [second.writeInto(first.into), read(third)]
  let done = 0
  const writing = (async () => {
    for (; done < bytes.length; done += 256 * 1024) await made.write(bytes.subarray(done, done + 256 * 1024))
    made.end(true)
  })()
  await first.full
  await vi.waitFor(() => expect(s.cache.answers).toBe(0))
  for (let i = 0; i < 200; i++) await turn()
  expect(done).toBeLessThan(12 * MIB) // it waits
  const other = Buffer.from('another one')
  expect(await read(s.ask('k', makes(other)))).toEqual(other) // the beginning of this one is gone
  first.goOn()
  await Promise.all([writing, ...reading])
  expect(first.bytes().equals(bytes)).toBe(true)
  expect((await reading[1])?.equals(bytes)).toBe(true)
  await second[Symbol.asyncDispose]()
})

test('who reads nothing of an answer that is not kept is cut, and nobody else waits for him-regression', async () => {
  await using s = await shop({ maxBytes: 4 * MIB })
  const bytes = randomBytes(40 * MIB)
  const made = maker()
  const stalled = reader(1)
  const attacker = s.ask('k', made.produce) as ReadyAnswer
  const stalling = attacker.writeInto(stalled.into)
  const honest = read(s.ask('k', never))
  const writing = (async () => {
    for (let done = 0; done < bytes.length; done += 256 * 1024)
      await made.write(bytes.subarray(done, done + 256 * 1024))
    made.end(true)
  })()
  const looking = setInterval(() => s.cache.expire(), 250)
  expect((await honest).equals(bytes)).toBe(true)
  clearInterval(looking)
  await writing
  stalled.goOn()
  await expect(stalling).rejects.toThrow('nobody reads')
  expect(stalled.bytes().equals(bytes.subarray(0, stalled.bytes().length))).toBe(true)
  await attacker[Symbol.asyncDispose]()
  expect(s.ask('k', never)).toBeNull() // he may have one of his own
  expect(s.faults).toEqual([])
})

test('when its maker fails, nobody gets a short answer, and the next request has it made again', async () => {
  await using s = await shop()
  const made = maker()
  const early = s.ask('k', made.produce) as ReadyAnswer
  const got = reader(1)
  const reading = early.writeInto(got.into)
  const waiting = read(s.ask('k', never))
  await made.write(randomBytes(1_000))
  await got.full
  got.goOn()
  made.end(new Error('killed'))
  await expect(reading).rejects.toThrow('whole')
  await expect(waiting).rejects.toThrow('whole')
  expect(s.cache.counts.failures).toBe(1)
  expect(await read(s.ask('k', makes(Buffer.from('new'))))).toEqual(Buffer.from('new'))
  await early[Symbol.asyncDispose]()
})

test('what says that something is wrong is told to who waits for it, and not kept', async () => {
  await using s = await shop()
  const made = maker()
  const waiting = [read(s.ask('k', made.produce)), read(s.ask('k', never))]
  await made.write(Buffer.from('ERR'))
  made.end(false)
  expect(await Promise.all(waiting)).toEqual([Buffer.from('ERR'), Buffer.from('ERR')])
  await turn()
  expect(s.cache.answers).toBe(0)
})

test.for([0, 1_000_000])(
  'a disk that is full after %i bytes cuts the answer, and frees them',
  async (room) => {
    await using s = await shop({ openFile: diskOf(room) })
    const bytes = randomBytes(3 * MIB)
    const got = reader()
    await using answer = s.ask('k', makes(bytes)) as ReadyAnswer
    await expect(answer.writeInto(got.into)).rejects.toThrow('whole')
    expect(got.bytes().length).toBeLessThanOrEqual(room)
    expect(s.faults).toMatchObject([{ code: 'ENOSPC' }])
    expect(s.cache.answers).toBe(0)
    await vi.waitFor(async () => expect(await readdir(s.directory)).toEqual([]))
  },
)

test('how long an answer is is known when it is whole, and no earlier', async () => {
  await using s = await shop()
  const first = s.ask('k', makes(Buffer.from('all of it')))
  expect(first?.length).toBeNull()
  await read(first)
  await using again = s.ask('k', never) as ReadyAnswer
  expect(again.length).toBe('all of it'.length)
})

test('a file that was cut is noticed where it ends, and dropped', async () => {
  await using s = await shop()
  const bytes = randomBytes(2 * MIB)
  await read(s.ask('k', makes(bytes)))
  const [name = ''] = await readdir(s.directory)
  await truncate(join(s.directory, name), 1_000_000)
  await expect(read(s.ask('k', never))).rejects.toThrow('shorter')
  expect(s.cache.counts.failures).toBe(1)
  expect((await read(s.ask('k', makes(bytes)))).equals(bytes)).toBe(true)
})

test('a file that somebody removed is a failure, and the next request has it made again', async () => {
  await using s = await shop()
  await read(s.ask('k', makes(Buffer.from('one'))))
  const [name = ''] = await readdir(s.directory)
  await rm(join(s.directory, name))
  await expect(read(s.ask('k', never))).rejects.toThrow('ENOENT')
  expect(await read(s.ask('k', makes(Buffer.from('two'))))).toEqual(Buffer.from('two'))
})

test('a disk that takes nothing away is told of, and ends nothing', async () => {
  await using s = await shop({ openFile: closingWith('EIO') })
  const bytes = Buffer.from('one')
  expect(await read(s.ask('k', makes(bytes)))).toEqual(bytes)
  expect(await read(s.ask('k', never))).toEqual(bytes)
  const [name = ''] = await readdir(s.directory)
  await rm(join(s.directory, name))
  await mkdir(join(s.directory, name)) // as little to be unlinked as a file on a disk that is read-only by now
  s.cache.drop(REPO)
  await expect.poll(() => s.faults).toMatchObject([{ code: 'ERR_FS_EISDIR' }])
  expect(await read(s.ask('k', makes(Buffer.from('two'))))).toEqual(Buffer.from('two'))
})

test('who makes little is stopped when the last reader leaves, and not while one is left', async () => {
  await using s = await shop()
  const made = maker()
  const [one, two] = [s.ask('k', made.produce), s.ask('k', never)] as [ReadyAnswer, ReadyAnswer]
  const gone = reader()
  const reading = one.writeInto(gone.into)
  gone.into.destroy()
  await expect(reading).rejects.toThrow()
  await one[Symbol.asyncDispose]()
  await made.write(Buffer.from('x'))
  await two[Symbol.asyncDispose]()
  await made.stopped()
  expect(s.faults).toEqual([]) // nobody is at fault
})

test('much that was made is finished for who comes next', async () => {
  await using s = await shop()
  const made = maker()
  const bytes = randomBytes(5 * MIB)
  const only = s.ask('k', made.produce) as ReadyAnswer
  await made.write(bytes)
  await only[Symbol.asyncDispose]()
  made.end(true)
  expect((await read(s.ask('k', never))).equals(bytes)).toBe(true)
})

test('a repository that is dropped leaves nothing, and its neighbour everything', async () => {
  await using s = await shop()
  const other = '00000000-0000-0000-0000-000000000002' as RepoId
  await read(s.ask('here', makes(Buffer.from('here'))))
  await read(s.ask('there', makes(Buffer.from('there')), { repoId: other }))
  s.cache.drop(REPO)
  expect(await read(s.ask('here', makes(Buffer.from('new'))))).toEqual(Buffer.from('new'))
  expect(await read(s.ask('there', never, { repoId: other }))).toEqual(Buffer.from('there'))
})

test('who asks while an answer is being given up is not cut with it-regression', async () => {
  await using s = await shop()
  const [stopped, ended] = [happening(), happening()]
  const slowToStop: Produce = async (into, signal) => {
    signal.addEventListener('abort', () => stopped.happen())
    await written(into, Buffer.from('the beginning'))
    await ended.happened
    throw new Error('told to stop')
  }
  const only = s.ask('k', slowToStop) as ReadyAnswer
  const gone = reader(1)
  const reading = only.writeInto(gone.into)
  await gone.full
  gone.into.destroy()
  await expect(reading).rejects.toThrow()
  await only[Symbol.asyncDispose]()
  await stopped.happened
  const next = read(s.ask('k', makes(Buffer.from('all of it'))))
  ended.happen()
  expect(await next).toEqual(Buffer.from('all of it'))
})

test('who asks for what a stranger has asked for does not wait in his line-regression', async () => {
  await using s = await shop()
  const queue = new FairQueue({ total: 4, perRepository: 4, perPrincipal: 1, maxWaiting: 1 })
  const by = (party: string): { asker: Asker } => ({
    asker: { party, enter: (signal) => queue.enter({ repoId: REPO, principal: party }, signal) },
  })
  const held = await queue.enter({ repoId: REPO, principal: 'attacker' })
  const bytes = Buffer.from('what everybody asks for')
  const attacking = read(s.ask('k', makes(bytes), by('attacker')))
  const owns = read(s.ask('k', never, by('owner')))
  expect(await Promise.all([owns, attacking])).toEqual([bytes, bytes])
  expect([queue.running, queue.waiting]).toEqual([1, 0])
  const late = read(s.ask('l', makes(bytes), by('attacker')))
  await expect(read(s.ask('m', never, by('attacker')))).rejects.toThrow('could not be made')
  held[Symbol.dispose]()
  expect(await late).toEqual(bytes)
  expect(queue.running).toBe(0)
})

/** A disk whose files close, and say that something went wrong. */
function closingWith(code: string): OpenFile {
  return async (...asked) => {
    const handle = await open(...asked)
    const close = async () => {
      await handle.close()
      throw Object.assign(new Error(code), { code })
    }
    return overlay(handle, { close })
  }
}

/** A disk that takes so many bytes. */
function diskOf(room: number): OpenFile {
  let left = room
  return async (path, flags, mode) => {
    const handle = await open(path, flags, mode)
    const write = async (chunk: Buffer, offset: number, length: number, position: number) => {
      const fits = Math.min(length, left)
      if (fits === 0) throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' })
      left -= fits
      return handle.write(chunk, offset, fits, position)
    }
    return overlay(handle, { write: write as never })
  }
}
