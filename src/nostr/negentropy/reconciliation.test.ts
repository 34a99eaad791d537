import fc from 'fast-check'
import { createHash } from 'node:crypto'
import { nip77 } from 'nostr-tools'
import { describe, expect, test } from 'vitest'
import { answerReconciliation } from './answer.ts'
import { IdVector, type Item } from './id-vector.ts'
import { Reconciliation } from './reconciliation.ts'
import { MalformedReconciliation } from './wire.ts'

const SMALLEST_FRAME = 4_096

/** Events that have nothing in common but some of their seconds. */
function items(from: number, to: number, perSecond = 3): Item[] {
  return Array.from({ length: to - from }, (_, at) => ({
    created_at: 1_700_000_000 + Math.floor((from + at) / perSecond),
    id: createHash('sha256')
      .update(String(from + at))
      .digest('hex'),
  }))
}

function ids(of: readonly Item[]): string[] {
  return of.map(({ id }) => id).sort()
}

/** Both sides at once: what one set has of each and the other lacks, and how many messages went out. */
function differences(ours: Iterable<Item>, theirs: Iterable<Item>, maxBytes?: number) {
  const there = new IdVector(theirs)
  const client = new Reconciliation(new IdVector(ours), maxBytes)
  const [have, need]: [string[], string[]] = [[], []]
  let rounds = 0
  for (let message: Buffer | null = client.first(); message !== null; rounds++) {
    expect(message.length).toBeLessThanOrEqual(maxBytes ?? Infinity)
    const answer = answerReconciliation(there, message, maxBytes)
    expect(answer.length).toBeLessThanOrEqual(maxBytes ?? Infinity)
    const taken = client.take(answer)
    have.push(...taken.have)
    need.push(...taken.need)
    message = taken.message
  }
  return { have: have.sort(), need: need.sort(), rounds }
}

/** Where each of many events stands. */
const standing = fc.array(fc.constantFrom('here', 'there', 'both', 'both', 'both'), { maxLength: 600 })
const crowd = fc.constantFrom(1, 3, 1_000)
const frame = fc.constantFrom(SMALLEST_FRAME, 60_000)

function spread(standings: readonly string[], perSecond: number) {
  const all = items(0, standings.length, perSecond)
  const at = (...places: string[]) => all.filter((_, i) => places.includes(standings[i] ?? ''))
  return {
    here: at('here', 'both'),
    there: at('there', 'both'),
    onlyHere: at('here'),
    onlyThere: at('there'),
  }
}

describe('two of ours', () => {
  test('find every difference of any two sets, and each once', () => {
    fc.assert(
      fc.property(standing, crowd, frame, (standings, perSecond, maxBytes) => {
        const { here, there, onlyHere, onlyThere } = spread(standings, perSecond)
        const found = differences(here, there, maxBytes)
        expect(found.have).toEqual(ids(onlyHere))
        expect(found.need).toEqual(ids(onlyThere))
      }),
      { numRuns: 60 },
    )
  })

  test.each([
    ['a set and none', items(0, 5_000), []],
    ['none and a set', [], items(0, 5_000)],
    ['sets that have nothing in common', items(0, 3_000), items(3_000, 6_000)],
    ['sets of one second', items(0, 4_000, 10_000), items(1_000, 5_000, 10_000)],
  ])('find the differences of %s in frames of the smallest size', (_, here, there) => {
    const found = differences(here, there, SMALLEST_FRAME)
    const [ours, theirs] = [new Set(ids(here)), new Set(ids(there))]
    expect(found.have).toEqual(ids(here).filter((id) => !theirs.has(id)))
    expect(found.need).toEqual(ids(there).filter((id) => !ours.has(id)))
  })

  test('have said everything after one message when their sets are the same', () => {
    const same = items(0, 10_000)
    expect(differences(same, same)).toEqual({ have: [], need: [], rounds: 1 })
  })

  test('order and repetition of what a set is made of do not count', () => {
    const some = items(0, 500)
    expect(differences(some.toReversed(), [...some, ...some])).toEqual({ have: [], need: [], rounds: 1 })
  })

  test('find fifty differences among 100,000 in a few rounds', () => {
    const all = items(0, 100_025)
    const found = differences(
      all.filter((_, at) => at % 4_001 !== 7),
      all.filter((_, at) => at % 4_001 !== 1_234),
    )
    expect([found.have.length, found.need.length]).toEqual([25, 25])
    expect(found.rounds).toBeLessThanOrEqual(5)
  })
})

describe('with an independent implementation', () => {
  function peer(of: readonly Item[], maxBytes = 60_000): nip77.Negentropy {
    const storage = new nip77.NegentropyStorageVector()
    for (const { created_at, id } of of) storage.insert(created_at, id)
    storage.seal()
    return new nip77.Negentropy(storage, maxBytes)
  }

  test.each([SMALLEST_FRAME, 60_000])('it asks and we answer, in frames of %d bytes', (maxBytes) => {
    fc.assert(
      fc.property(standing, crowd, (standings, perSecond) => {
        const { here, there, onlyHere, onlyThere } = spread(standings, perSecond)
        const client = peer(here, maxBytes)
        const set = new IdVector(there)
        const [have, need] = [new Set<string>(), new Set<string>()]
        for (let message: string | null = client.initiate(); message !== null;) {
          const answer = answerReconciliation(set, Buffer.from(message, 'hex'), maxBytes)
          message = client.reconcile(
            answer.toString('hex'),
            (id) => have.add(id),
            (id) => need.add(id),
          )
        }
        expect([...have].sort()).toEqual(ids(onlyHere))
        expect([...need].sort()).toEqual(ids(onlyThere))
      }),
      { numRuns: 30 },
    )
  })

  /** It compares lists that it is sent, and does not send its own: what it found counts as found. */
  test.each([SMALLEST_FRAME, 60_000])('we ask and it answers, in frames of %d bytes', (maxBytes) => {
    fc.assert(
      fc.property(standing, crowd, (standings, perSecond) => {
        const { here, there, onlyHere, onlyThere } = spread(standings, perSecond)
        const server = peer(there, maxBytes)
        const client = new Reconciliation(new IdVector(here), maxBytes)
        const [have, need] = [new Set<string>(), new Set<string>()]
        for (let message: Buffer | null = client.first(); message !== null;) {
          const answer = server.reconcile(
            message.toString('hex'),
            (id) => need.add(id),
            (id) => have.add(id),
          )
          const taken = client.take(Buffer.from(answer ?? '61', 'hex'))
          taken.have.forEach((id) => have.add(id))
          taken.need.forEach((id) => need.add(id))
          message = taken.message
        }
        expect([...have].sort()).toEqual(ids(onlyHere))
        expect([...need].sort()).toEqual(ids(onlyThere))
      }),
      { numRuns: 30 },
    )
  })
})

describe('what is no message', () => {
  const set = new IdVector(items(0, 1_000))

  test('of another version is answered with ours, and ends where we ask', () => {
    expect(answerReconciliation(set, Buffer.from('620000', 'hex'))).toEqual(Buffer.from('61', 'hex'))
    expect(() => new Reconciliation(set).take(Buffer.from('60', 'hex'))).toThrow('another version')
  })

  test.each([
    ['nothing', '', 'no version'],
    ['another protocol', '7b22', 'no version'],
    ['a bound that is cut off', '618100', 'too early'],
    ['a bound longer than an id', `610121${'00'.repeat(33)}00`, 'longer than an id'],
    ['a mode that there is not', '61000003', 'unknown mode'],
    ['a fingerprint that is cut off', '61000001aabb', 'too early'],
    ['more ids than bytes', '610000028f7f', 'too early'],
    ['a number without end', `61${'ff'.repeat(20)}`, 'too large'],
    ['ranges that go back', `610201ff00010101${'00'.repeat(1)}00`, 'not in order'],
  ])('%s is refused', (_, hex, why) => {
    const message = Buffer.from(hex, 'hex')
    expect(() => answerReconciliation(set, message)).toThrow(MalformedReconciliation)
    expect(() => answerReconciliation(set, message)).toThrow(why)
    expect(() => new Reconciliation(set).take(message)).toThrow(MalformedReconciliation)
  })

  test('whatever comes, it is answered or refused, and no answer is longer than a frame', () => {
    const opening = new Reconciliation(new IdVector(items(500, 2_000))).first()
    const mutated = fc
      .tuple(fc.nat(opening.length - 1), fc.uint8Array({ maxLength: 40 }))
      .map(([at, bytes]) => {
        const message = Buffer.from(opening)
        Buffer.from(bytes).copy(message, at)
        return message
      })
    const made = fc.uint8Array({ maxLength: 400 }).map((bytes) => Buffer.from([0x61, ...bytes]))
    fc.assert(
      fc.property(fc.oneof(mutated, made), (message) => {
        try {
          expect(answerReconciliation(set, message, SMALLEST_FRAME).length).toBeLessThanOrEqual(
            SMALLEST_FRAME,
          )
        } catch (err) {
          expect(err).toBeInstanceOf(MalformedReconciliation)
        }
      }),
      { numRuns: 2_000 },
    )
  })

  test('a side that always has something else is left', () => {
    const client = new Reconciliation(set)
    const other = Buffer.from(`61000001${'00'.repeat(16)}`, 'hex')
    expect(() => {
      for (;;) client.take(other)
    }).toThrow('comes to no end')
  })
})
