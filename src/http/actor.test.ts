import { expect, test } from 'vitest'
import { ANONYMOUS, INTERNAL, type Principal } from '../kernel/principal.ts'
import { actorOf } from './actor.ts'

const user: Principal = { ...ANONYMOUS, kind: 'user', accountId: 'ada' }
const agent: Principal = { ...ANONYMOUS, kind: 'agent', accountId: 'robot' }
const UUID = '0190A1B2-0000-7000-8000-000000000000'

test.each<[string, Principal, string | undefined, string | null, string | null]>([
  ['a user', user, undefined, 'ada', null],
  ['a user with an agent that is named', user, UUID, 'ada', UUID.toLowerCase()],
  ['a user with an agent whose name is no UUID', user, 'robot', 'ada', null],
  ['an agent of its own', agent, undefined, 'robot', 'robot'],
  ['an agent that acts for somebody', { ...agent, actingFor: 'ada' }, undefined, 'ada', 'robot'],
  ['an agent that blames another, in vain', { ...agent, actingFor: 'ada' }, UUID, 'ada', 'robot'],
  ['the internal caller', INTERNAL, undefined, null, null],
])('an event by %s', (_case, principal, header, actorId, agentId) => {
  const headers = header === undefined ? {} : { 'x-agent-id': header }
  expect(actorOf({ principal, headers })).toEqual({ actorId, agentId })
})
