/** The head of a stream, and what keeps one from being sent. */
import type { FastifyReply } from 'fastify'
import { z } from 'zod'
import { sendHead } from '../../../http/streamed-answer.ts'
import { AppError } from '../../../kernel/errors.ts'

const EVENT_STREAM = 'text/event-stream'
const ACCEPTED = [EVENT_STREAM, 'text/*', '*/*']

/** For a route's `response` schema. */
export const EventStreamAnswer = {
  description: 'Server-Sent Events: `id` is a position of the log, `event` a type, `data` the event as JSON',
  content: {
    [EVENT_STREAM]: {
      schema: z.string().meta({ example: 'id: 42\nevent: push\ndata: {"eventType":"push"}\n\n' }),
    },
  },
}

/** @param accept value of the header @throws AppError `NOT_ACCEPTABLE` @see RFC 9110, section 12.5.1 */
export function checkAccepts(accept: string | undefined): void {
  if (accept === undefined || accept.trim() === '') return
  const ranges = accept.split(',').map((range) => range.toLowerCase().replaceAll(/\s/g, '').split(';'))
  const wanted = ranges.filter(([, ...parameters]) => !parameters.some((one) => /^q=0(\.0*)?$/.test(one)))
  if (wanted.some(([type = '']) => ACCEPTED.includes(type))) return
  throw new AppError('NOT_ACCEPTABLE', { details: { reason: `this is ${EVENT_STREAM}` } })
}

/** Nothing on the way shall keep it, change it, or wait for more of it. */
export function sendStreamHead(reply: FastifyReply): void {
  reply
    .code(200)
    .header('content-type', EVENT_STREAM)
    .header('cache-control', 'no-store, no-transform')
    .header('x-accel-buffering', 'no')
  sendHead(reply)
}
