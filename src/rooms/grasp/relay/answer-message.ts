/** Answers what a client says: what it may, what it costs, and who answers it. */
import type { ErrorLog } from '../../../http/error-rendering.ts'
import type { Admission } from '../members.ts'
import { authMessage, type AuthMessageParts } from './auth-message.ts'
import type { Spending } from './budget.ts'
import type { Client } from './client.ts'
import { countMessage, type CountMessageParts } from './count-message.ts'
import { eventMessage, type EventMessageParts } from './event-message.ts'
import type { Handler } from './handler.ts'
import { negCloseMessage, negMsgMessage, negOpenMessage, type NegMessagesParts } from './neg-messages.ts'
import { parseMessage, type ClientMessage } from './parse-message.ts'
import { refusalMessage, refuse, RelayRefusal } from './refusal.ts'
import { closeMessage, reqMessage, type ReqMessageParts } from './req-message.ts'

export interface AnswerParts extends EventMessageParts, AuthMessageParts, NegMessagesParts {
  readonly subscriptions: ReqMessageParts['subscriptions']
  readonly store: ReqMessageParts['store'] & CountMessageParts['store']
  readonly admission: Admission
  readonly log: ErrorLog
}

/** Resolves when it is answered, whatever comes of it. */
export type AnswerMessage = (client: Client, text: string) => Promise<void>

interface MessageType {
  readonly answer: Handler
  readonly costs: Spending | null
  /** Whoever may use the relay at all. */
  readonly from: 'anybody' | 'members'
}

export function answerMessages(parts: AnswerParts): AnswerMessage {
  const types = new Map<string, MessageType>([
    ['EVENT', { answer: eventMessage(parts), costs: 'events', from: 'members' }],
    ['REQ', { answer: reqMessage(parts), costs: 'queries', from: 'members' }],
    ['CLOSE', { answer: closeMessage(parts), costs: null, from: 'anybody' }],
    ['COUNT', { answer: countMessage(parts), costs: 'queries', from: 'members' }],
    ['AUTH', { answer: authMessage(parts), costs: 'events', from: 'anybody' }],
    ['NEG-OPEN', { answer: negOpenMessage(parts), costs: 'queries', from: 'members' }],
    ['NEG-MSG', { answer: negMsgMessage(parts), costs: 'queries', from: 'members' }],
    ['NEG-CLOSE', { answer: negCloseMessage(), costs: null, from: 'anybody' }],
  ])
  return async (client, text) => {
    let message: ClientMessage = { type: '', args: [], subject: null }
    try {
      message = parseMessage(text)
      const type = types.get(message.type)
      if (!type) throw refuse('invalid', 'messages of this type are not understood')
      checkBudget(client, type)
      if (type.from === 'members') checkAdmitted(client, parts.admission)
      await type.answer(client, message)
    } catch (err) {
      endWhatItWasAbout(client, message, parts)
      tellWhy(client, message, err, parts.log)
    }
  }
}

function checkBudget(client: Client, { costs }: MessageType): void {
  if (costs !== null && !client.spend(costs))
    throw refuse('rate-limited', 'slow down, and try again in a minute')
}

function checkAdmitted({ keys }: Client, admission: Admission): void {
  const why = admission(keys)
  if (why !== null) throw new RelayRefusal(why)
}

/** `CLOSED` and `NEG-ERR` say that there is nothing of that id any more. */
function endWhatItWasAbout(client: Client, { type, subject }: ClientMessage, parts: AnswerParts): void {
  if (subject === null) return
  if (type === 'REQ') parts.subscriptions.close(client, subject)
  if (type.startsWith('NEG-')) client.reconciliations.delete(subject)
}

function tellWhy(client: Client, { type, subject }: ClientMessage, err: unknown, log: ErrorLog): void {
  const isOurs = !(err instanceof RelayRefusal)
  if (isOurs) log.error({ err, type }, 'a message to the relay failed')
  const why = isOurs ? 'error: this could not be done now; try again later' : err.message
  if (why.startsWith('auth-required:')) client.askWhoItIs()
  client.say(...refusalMessage(type, subject, why))
}
