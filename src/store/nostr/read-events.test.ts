import { expect, test } from 'vitest'
import { forEachEngine } from '../../../test/support/databases.ts'
import { anEvent, eventStore } from '../../../test/support/nostr-events.ts'
import { eventJson } from '../../nostr/event.ts'

const MIB = 1024 * 1024

forEachEngine('large answers', (on) => {
  test('are read some megabytes at a time, small events and large ones in their order', async () => {
    const { events } = eventStore(on.database)
    const all = Array.from({ length: 40 }, (_, n) =>
      anEvent({
        created_at: 1_000 - n,
        tags: [['t', 'large']],
        content: 'x'.repeat(n % 2 === 0 ? 500_000 : 9),
      }),
    )
    await events.serve(all, { source: 'client' })
    const pages: (readonly string[])[] = []
    for await (const page of events.pages([{ tags: new Map([['t', ['large']]]) }], { limit: 100 }))
      pages.push(page)
    expect(pages.flat()).toEqual(all.map(eventJson))
    for (const page of pages) expect(page.join('').length).toBeLessThan(4 * MIB)
  })

  test('nothing is read that nobody asks for', async () => {
    const { events } = eventStore(on.database)
    const all = Array.from({ length: 20 }, (_, n) =>
      anEvent({ created_at: n, tags: [['t', 'left']], content: 'x'.repeat(500_000) }),
    )
    await events.serve(all, { source: 'client' })
    const pages = events.pages([{ tags: new Map([['t', ['left']]]) }], { limit: 100 })
    const first = await pages.next()
    await events.drop(all.map(({ id }) => id))
    const rest = []
    for await (const page of pages) rest.push(...page)
    expect([first.value?.length, rest]).toEqual([8, []])
  })
})
