/** The tests of the public compliance tool, by its names: the relay as such. @see NIP-01 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { auditTags, ownerStatePushed, type StatePushed } from '../support/audit.ts'
import { graspWorld, type GraspWorld } from '../support/grasp.ts'

let w: GraspWorld
let served: StatePushed
beforeAll(async () => {
  w = await graspWorld()
  served = await ownerStatePushed(w)
})
afterAll(() => w[Symbol.asyncDispose]())

describe('nip01', () => {
  test('websocket_connection', async () => {
    await using connection = await w.connect()
    expect(connection.isOpen).toBe(true)
  })

  test('send_receive_event', async () => {
    const { event } = served.announcement
    expect(await w.req({ kinds: [30_617], ids: [event.id] })).toEqual([event])
  })

  test('create_subscription', async () => {
    const events = await w.req({ kinds: [30_617], authors: [w.owner.pubkey] })
    expect(events.map(({ id }) => id)).toContain(served.announcement.event.id)
  })

  test('close_subscription', async () => {
    await using connection = await w.connect()
    const [kept, closed] = [connection.subscribe({ kinds: [1] }), connection.subscribe({ kinds: [1] })]
    await connection.stored(kept)
    await connection.stored(closed)
    connection.send('CLOSE', closed)
    const note = w.author.sign({ kind: 1, tags: [['q', served.coordinate], ...auditTags()] })
    expect(await connection.publish(note)).toMatchObject({ accepted: true })
    expect(await connection.next(kept)).toEqual(note)
    expect(connection.seen('EVENT', closed)).toEqual([])
  })

  test('reject_invalid_signature', async () => {
    const note = w.author.sign({ kind: 1, tags: [['q', served.coordinate]] })
    const { sig } = w.stranger.sign({ kind: 1, tags: [['q', served.coordinate]] })
    const verdict = await w.publish({ ...note, sig })
    expect(verdict).toMatchObject({ accepted: false, message: expect.stringMatching(/^invalid: /) as string })
    expect(await w.isServed(note)).toBe(false)
  })

  test('reject_invalid_event_id', async () => {
    const note = w.author.sign({ kind: 1, tags: [['q', served.coordinate]] })
    const id = 'a'.repeat(64)
    const verdict = await w.publish({ ...note, id })
    expect(verdict).toMatchObject({ accepted: false, message: expect.stringMatching(/^invalid: /) as string })
    expect(await w.isServed({ id })).toBe(false)
  })
})
