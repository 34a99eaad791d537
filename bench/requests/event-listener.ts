/** Listens to a stream of events, and notes when each push was heard. */
import { once } from 'node:events'
import { request, type IncomingMessage } from 'node:http'
import type { Sluice } from '../peers/sluice.ts'

export interface EventListener extends Disposable {
  /** When the event of this push came, by `performance.now()`; it may have come already. */
  heard(ref: string, newOid: string): Promise<number>
}

/** Resolves when the server listens back. @throws Error on any status but 200 */
export async function openEventListener(sluice: Sluice): Promise<EventListener> {
  const stream = await openStream(sluice, '/events?eventType=push')
  const arrivals = new Map<string, number>()
  const waiting = new Map<string, (at: number) => void>()
  readBlocks(stream, (block) => {
    const at = performance.now()
    for (const push of pushesIn(block)) {
      arrivals.set(push, at)
      waiting.get(push)?.(at)
    }
  })
  return {
    heard: (ref, newOid) => {
      const push = `${ref} ${newOid}`
      const at = arrivals.get(push)
      return at === undefined ? new Promise((resolve) => waiting.set(push, resolve)) : Promise.resolve(at)
    },
    [Symbol.dispose]: () => void stream.destroy(),
  }
}

/** Streams on which nothing comes but heartbeats. */
export async function openIdleStreams(sluice: Sluice, count: number): Promise<Disposable> {
  const streams: IncomingMessage[] = []
  while (streams.length < count) {
    const stream = await openStream(sluice, '/events?eventType=nothing.here')
    streams.push(stream.resume())
  }
  return { [Symbol.dispose]: () => streams.forEach((stream) => stream.destroy()) }
}

async function openStream({ origin, headers }: Sluice, path: string): Promise<IncomingMessage> {
  const outgoing = request(origin + path, { headers: { ...headers }, agent: false }).end()
  const [stream] = (await once(outgoing, 'response')) as [IncomingMessage]
  if (stream.statusCode !== 200) throw new Error(`GET ${path}: ${String(stream.statusCode)}`)
  stream.on('error', () => {}) // it was left
  return stream
}

function readBlocks(stream: IncomingMessage, take: (block: string) => void): void {
  let rest = ''
  stream.setEncoding('utf8').on('data', (text: string) => {
    const blocks = (rest + text).split('\n\n')
    rest = blocks.pop() ?? ''
    blocks.forEach(take)
  })
}

interface PushEvent {
  readonly metadata: { readonly refs: readonly { readonly ref: string; readonly newOid: string }[] }
}

function pushesIn(block: string): readonly string[] {
  const data = /^data: (.*)$/m.exec(block)?.[1]
  if (data === undefined) return []
  return (JSON.parse(data) as PushEvent).metadata.refs.map(({ ref, newOid }) => `${ref} ${newOid}`)
}
