/**
 * JSON answers that are made here and not held against the schema of their route once more: for a long list
 * that takes longer than all the rest. The schema then only describes; a test must hold the two together.
 */
import type { FastifyReply } from 'fastify'

/** @param body JSON */
export function sendJson(reply: Pick<FastifyReply, 'type'>, body: string): FastifyReply {
  return reply.type('application/json; charset=utf-8').send(body)
}
