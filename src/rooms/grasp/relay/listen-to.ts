/** What comes over one connection: messages go to its inbox, and whoever sends too much is sent away. */
import type { RawData, WebSocket } from 'ws'
import type { Client } from './client.ts'
import { Inbox } from './inbox.ts'

/** @see RFC 6455 section 7.4.1 */
const POLICY_VIOLATION = 1008

/** @param answer never rejects */
export function listenTo(socket: WebSocket, client: Client, answer: (text: string) => Promise<void>): void {
  const inbox = new Inbox(socket, answer)
  socket.on('error', () => {}) // 'close' follows; the library has told the client why
  socket.on('pong', () => client.noteHeard())
  socket.on('ping', () => void isWithinBudget(client))
  socket.on('message', (data: RawData, isBinary: boolean) => {
    if (!isWithinBudget(client)) return
    if (isBinary) client.say('NOTICE', 'invalid: a message is text')
    else inbox.take((data as Buffer).toString())
  })
}

function isWithinBudget(client: Client): boolean {
  client.noteHeard()
  if (client.spendBytes()) return true
  client.say('NOTICE', 'rate-limited: too many bytes; try again in a minute')
  client.close(POLICY_VIOLATION, 'rate-limited')
  return false
}
