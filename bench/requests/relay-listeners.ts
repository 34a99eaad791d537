/** Many clients of a relay that listen, and one that publishes. */
import { once } from 'node:events'
import { WebSocket, type RawData } from 'ws'

export interface RelayListeners extends Disposable {
  /** When that many more events have been heard by all of them together, by `performance.now()`. */
  heard(deliveries: number): Promise<number>
}

/** How many connect at a time. */
const AT_ONCE = 50

/** Resolves when every subscription has got what was stored. @param filtersOf a connection, a subscription each */
export async function openRelayListeners(
  origin: string,
  connections: number,
  filtersOf: (connection: number) => readonly object[],
): Promise<RelayListeners> {
  const sockets: WebSocket[] = []
  let left = 0
  let onAll: (at: number) => void = () => {}
  const hear = (data: RawData) => {
    if ((data as Buffer)[2] !== 'E'.charCodeAt(0) || (data as Buffer)[3] !== 'V'.charCodeAt(0)) return
    if (--left === 0) onAll(performance.now())
  }
  const connect = async (connection: number) => {
    const filters = filtersOf(connection)
    const socket = new WebSocket(origin.replace('http', 'ws'), { perMessageDeflate: false })
    sockets.push(socket)
    await once(socket, 'open')
    const begun = endsOfStored(socket, filters.length)
    filters.forEach((filter, n) => socket.send(JSON.stringify(['REQ', `s${n}`, filter])))
    await begun
    socket.on('message', hear)
  }
  for (let from = 0; from < connections; from += AT_ONCE) {
    const some = Array.from({ length: Math.min(AT_ONCE, connections - from) }, (_, n) => connect(from + n))
    await Promise.all(some)
  }
  return {
    heard: (deliveries) => {
      left = deliveries
      return new Promise((resolve) => (onAll = resolve))
    },
    [Symbol.dispose]: () => sockets.forEach((socket) => socket.terminate()),
  }
}

/** Resolves at the `EOSE` of the last subscription. */
function endsOfStored(socket: WebSocket, subscriptions: number): Promise<void> {
  let left = subscriptions
  return new Promise((resolve) => {
    const hear = (data: RawData) => {
      if (!(data as Buffer).toString().startsWith('["EOSE"') || --left > 0) return
      socket.off('message', hear)
      resolve()
    }
    socket.on('message', hear)
  })
}
