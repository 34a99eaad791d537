/** Somebody who follows the stream of events through the deaths of its server, and keeps all that he hears, twice or not. */
import type { PushData } from '../../../src/kernel/events.ts'
import type { Told } from './verdict.ts'

export interface StreamListener extends AsyncDisposable {
  /** As they came. */
  readonly heard: readonly Told[]
  /** Connections so far. */
  readonly connections: () => number
  /** Resolves when an event with this id was heard. */
  hears(id: string): Promise<void>
}

/** @param origin resolves when there is a server */
export function listenToStream(
  origin: () => Promise<string>,
  headers: Readonly<Record<string, string>>,
): StreamListener {
  const heard: Told[] = []
  const waiting = new Map<string, () => void>()
  const over = new AbortController()
  let connections = 0
  let lastEventId = '0'

  const take = (block: string) => {
    const field = (name: string) => new RegExp(`^${name}: ?(.*)$`, 'm').exec(block)?.[1]
    const data = field('data')
    lastEventId = field('id') ?? lastEventId
    if (data === undefined) return
    const { id, repoId, metadata } = JSON.parse(data) as { id: string; repoId: string; metadata: PushData }
    heard.push({ id, repoId, data: metadata })
    waiting.get(id)?.()
  }
  const connect = async () => {
    const answer = await fetch(`${await origin()}/events?eventType=push`, {
      headers: { ...headers, accept: 'text/event-stream', 'last-event-id': lastEventId },
      signal: over.signal,
    })
    if (!answer.ok) throw new Error(`GET /events: ${answer.status}`)
    connections++
    let text = ''
    for await (const chunk of answer.body!.pipeThrough(new TextDecoderStream())) {
      const blocks = (text + chunk).split('\n\n')
      text = blocks.pop() ?? ''
      blocks.forEach(take)
    }
  }
  const follow = async () => {
    while (!over.signal.aborted) await connect().catch(() => {}) // killed: the next server goes on
  }
  const ended = follow()
  return {
    heard,
    connections: () => connections,
    hears: async (id) => {
      if (!heard.some((event) => event.id === id))
        await new Promise<void>((resolve) => waiting.set(id, resolve))
    },
    async [Symbol.asyncDispose]() {
      over.abort()
      await ended
    },
  }
}
