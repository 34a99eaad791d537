import { expect, test } from 'vitest'
import { identityOf } from './identity.ts'
import { ANONYMOUS, type Principal } from './principal.ts'

const somebody = (fields: Partial<Principal>): Principal => ({
  ...ANONYMOUS,
  kind: 'user',
  accountId: '0192-account',
  ...fields,
})

test.each([
  ['Ada Lovelace', 'ada@example.org', 'Ada Lovelace', 'ada@example.org'],
  ['Ada <ada@evil>\nauthor X', 'a da@example.org>\n', 'Ada ada@evil author X', 'ada@example.org'],
  [' "Ada." ', ' ada@example.org ', 'Ada', 'ada@example.org'],
  ['', null, '0192-account', '0192-account@users.noreply.invalid'],
  ['<>', '<>', '0192-account', '0192-account@users.noreply.invalid'],
])('%j with the address %j writes commits as %j <%s>', (displayName, email, name, address) => {
  expect(identityOf(somebody({ displayName, email }))).toEqual({ name, email: address })
})

test('an agent without a name of its own is called by the account it acts for', () => {
  const agent = somebody({ kind: 'agent', actingFor: 'of-somebody', displayName: '', email: null })
  expect(identityOf(agent).email).toBe('of-somebody@users.noreply.invalid')
})
