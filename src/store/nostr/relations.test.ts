import { expect, test } from 'vitest'
import { forEachEngine } from '../../../test/support/databases.ts'
import { anEvent, eventStore, hexOf } from '../../../test/support/nostr-events.ts'
import { addressOf } from '../../nostr/event.ts'
import { KIND } from '../../nostr/kinds.ts'

const CLIENT = { source: 'client' } as const

let names = 0
const newName = () => `${++names}`

forEachEngine('relations of events', (on) => {
  test('an event is known by its id and its address, once it is served', async () => {
    const { events } = eventStore(on.database)
    const repository = anEvent({ kind: KIND.announcement, tags: [['d', newName()]] })
    const address = addressOf(repository)!
    const asked = () =>
      Promise.all([
        events.isKnown({ ids: [hexOf('x'), repository.id] }),
        events.isKnown({ addresses: [address] }),
      ])
    expect(await asked()).toEqual([false, false])
    await events.hold(repository, { source: 'client', waitsUntil: 1 })
    expect(await asked()).toEqual([false, false])
    await events.serve([repository], CLIENT)
    expect(await asked()).toEqual([true, true])
    expect(await events.isKnown({})).toBe(false)
  })

  test('an address is known as a whole: not one of its author under the name of another', async () => {
    const { events } = eventStore(on.database)
    const [one, two] = [newName(), newName()]
    const of = (pubkey: string, d: string) => anEvent({ kind: KIND.announcement, pubkey, tags: [['d', d]] })
    const [ada, bob] = [hexOf('ada'), hexOf('bob')]
    await events.serve([of(ada, one), of(bob, two)], CLIENT)
    expect(await events.isKnown({ addresses: [addressOf(of(ada, two))!, addressOf(of(bob, one))!] })).toBe(
      false,
    )
  })

  test.each(['e', 'E', 'q'])('a served event names another by its id in a tag %s', async (name) => {
    const { events } = eventStore(on.database)
    const id = hexOf(newName())
    const naming = anEvent({ kind: KIND.comment, content: newName(), tags: [[name, id]] })
    await events.hold(naming, { source: 'client', waitsUntil: 1 })
    expect(await events.isNamed({ id, address: null })).toBe(false)
    await events.serve([naming], CLIENT)
    expect(await events.isNamed({ id, address: null })).toBe(true)
  })

  test.each(['a', 'A', 'q'])('a served event names another by its address in a tag %s', async (name) => {
    const { events } = eventStore(on.database)
    const address = `30023:${hexOf('ada')}:${newName()}`
    await events.serve([anEvent({ kind: KIND.issue, tags: [[name, address]] })], CLIENT)
    expect(await events.isNamed({ id: hexOf('x'), address })).toBe(true)
    expect(await events.isNamed({ id: hexOf('x'), address: `${address}0` })).toBe(false)
  })

  test.each([
    ['p', KIND.issue],
    ['t', KIND.issue],
    ['e', KIND.deletion],
    ['e', KIND.graspList],
    ['e', KIND.metadata],
  ])('a tag %s of kind %i draws nothing into a conversation', async (name, kind) => {
    const { events } = eventStore(on.database)
    const id = hexOf(newName())
    const naming = anEvent({ kind, pubkey: hexOf(newName()), tags: [[name, id]] })
    await events.serve([naming], CLIENT)
    expect(await events.isNamed({ id, address: null })).toBe(false)
  })
})
