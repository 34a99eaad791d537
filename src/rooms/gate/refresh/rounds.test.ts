import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { RepoId } from '../../../kernel/ids.ts'
import { Rounds, type Ask } from './rounds.ts'

const ID = 'r' as RepoId
const DEADLINE_MS = 1_000

/** Questions that were begun; each is asked and answered by hand. */
interface Question {
  readonly ask: () => void
  readonly answer: () => void
  readonly fail: (err: Error) => void
  readonly signal: AbortSignal
}

let now: number
let rounds: Rounds
let begun: Question[]
beforeEach(() => {
  now = 0
  begun = []
  const parts = {
    elapsed: () => now,
    deadlineMs: DEADLINE_MS,
    tooLate: () => new Error('too late'),
    forgotten: () => new Error('forgotten'),
  }
  rounds = new Rounds(parts)
})
afterEach(() => vi.useRealTimers())

const wait = (maxAgeMs = 0, id = ID) => rounds.share(id, maxAgeMs, begin)

const begin: Ask = (asked, signal) =>
  new Promise((answer, fail) => {
    begun.push({ ask: asked, answer, fail, signal })
  })

function question(n: number): Question {
  const found = begun[n]
  if (!found) throw new Error(`only ${begun.length} were begun`)
  return found
}

/** Lets everything go on that waits for nothing. */
const settle = () => new Promise((resolve) => setImmediate(resolve))

describe('who came before the question was asked', () => {
  test('shares its answer, however many they are', async () => {
    const waiting = Array.from({ length: 100 }, () => wait())
    now = 5
    waiting.push(wait())
    question(0).ask()
    question(0).answer()
    await Promise.all(waiting)
    expect(begun).toHaveLength(1)
  })

  test('shares its failure', async () => {
    const waiting = [wait(), wait()]
    question(0).fail(new Error('gone'))
    for (const each of waiting) await expect(each).rejects.toThrow('gone')
  })
})

describe('who came after it was asked', () => {
  test('shares the next one with all others who did', async () => {
    const first = wait()
    question(0).ask()
    now = 1
    const late = [wait(), wait(), wait()]
    question(0).answer()
    await first
    await settle()
    expect(begun).toHaveLength(2)
    question(1).ask()
    question(1).answer()
    await Promise.all(late)
    expect(begun).toHaveLength(2)
  })

  test('is told nothing before the next one is answered', async () => {
    const first = wait()
    question(0).ask()
    now = 1
    const told = vi.fn()
    const late = wait().then(told)
    question(0).answer()
    await first
    await settle()
    expect(told).not.toHaveBeenCalled()
    question(1).answer()
    await late
  })

  test('shares it all the same if that is new enough for him', async () => {
    const first = wait()
    question(0).ask()
    now = 10
    const late = [wait(10), wait(11)]
    question(0).answer()
    await Promise.all([first, ...late])
    expect(begun).toHaveLength(1)
  })

  test('does not wait for another one when it fails', async () => {
    const first = wait()
    question(0).ask()
    now = 1
    const late = wait()
    question(0).fail(new Error('gone'))
    await expect(first).rejects.toThrow('gone')
    await expect(late).rejects.toThrow('gone')
    expect(begun).toHaveLength(1)
  })
})

test('an answer is good for as long as it is new enough, counted from when it was asked for', async () => {
  const first = wait()
  now = 5
  question(0).ask()
  now = 50
  question(0).answer()
  await first
  now = 105
  await wait(100)
  expect(begun).toHaveLength(1)
  now = 106
  const next = wait(100)
  expect(begun).toHaveLength(2)
  question(1).answer()
  await next
})

test('a failure is no answer: the next one who comes asks again', async () => {
  const first = wait(100)
  question(0).ask()
  question(0).fail(new Error('gone'))
  await expect(first).rejects.toThrow('gone')
  const next = wait(100)
  question(1).answer()
  await next
})

test('one that hangs keeps nobody else waiting', async () => {
  const hanging = wait()
  const other = wait(0, 'other' as RepoId)
  question(1).answer()
  await other
  question(0).answer()
  await hanging
})

test('one that takes too long is given up, and the next one begins', async () => {
  vi.useFakeTimers()
  const first = wait()
  question(0).ask()
  now = 1
  const late = expect(wait()).rejects.toThrow('too late')
  const failed = expect(first).rejects.toThrow('too late')
  await vi.advanceTimersByTimeAsync(DEADLINE_MS)
  await Promise.all([failed, late])
  expect(question(0).signal.aborted).toBe(true)
  const next = wait()
  question(1).answer()
  await next
})

test('after it was forgotten nobody is given its answer', async () => {
  const first = expect(wait()).rejects.toThrow('forgotten')
  question(0).ask()
  rounds.forget(ID)
  await first
  const next = wait(1_000)
  expect(begun).toHaveLength(2)
  question(0).answer()
  question(1).answer()
  await next
})

test('the end waits for what still runs', async () => {
  const first = expect(wait()).rejects.toThrow('forgotten')
  const ended = vi.fn()
  const end = rounds[Symbol.asyncDispose]().then(ended)
  await first
  await settle()
  expect(ended).not.toHaveBeenCalled()
  question(0).fail(new Error('aborted'))
  await end
})
