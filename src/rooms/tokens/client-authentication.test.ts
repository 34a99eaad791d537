import { expect, test } from 'vitest'
import { readClient } from './client-authentication.ts'
import { OAuthForm } from './oauth-form.ts'

function basic(pair: string, scheme = 'Basic'): string {
  return `${scheme} ${Buffer.from(pair).toString('base64')}`
}

test.each<[string, string[], string, ReturnType<typeof readClient>]>([
  ['nobody', [], '', null],
  ['a public client in Basic', [basic('ci:')], '', { id: 'ci', secret: null }],
  ['one with a secret in Basic', [basic('ci:s3cret')], '', { id: 'ci', secret: 's3cret' }],
  ['Basic in any case', [basic('ci:', 'bAsIc')], '', { id: 'ci', secret: null }],
  ['a colon in the secret', [basic('ci:a:b')], '', { id: 'ci', secret: 'a:b' }],
  ['both halves encoded as in a form', [basic('a%3Ab+c:%2B%25')], '', { id: 'a:b c', secret: '+%' }],
  ['a public client in the form', [], 'client_id=ci', { id: 'ci', secret: null }],
  ['one with a secret in the form', [], 'client_id=ci&client_secret=s', { id: 'ci', secret: 's' }],
  ['empty parameters beside Basic', [basic('ci:')], 'client_id=&client_secret=', { id: 'ci', secret: null }],
])('RFC 6749 2.3.1: %s is understood', (_case, authorization, form, client) => {
  expect(readClient(authorization, new OAuthForm(form))).toEqual(client)
})

test.each<[string, string[], string]>([
  ['Basic and client_id', [basic('ci:')], 'client_id=ci'],
  ['Basic and client_secret', [basic('ci:s')], 'client_secret=s'],
  ['two headers', [basic('ci:'), basic('ci:')], ''],
  ['a secret of nobody', [], 'client_secret=s'],
])('RFC 6749 2.3: more than one way, or half a way, is invalid_request: %s', (_case, authorization, form) => {
  expect(() => readClient(authorization, new OAuthForm(form))).toThrow(
    expect.objectContaining({ code: 'OAUTH_INVALID_REQUEST' }),
  )
})

test.each([
  ['Bearer abc'],
  ['Basic'],
  ['Basic !!!'],
  ['Digest username="ci"'],
  [basic('no colon')],
  [basic(':secret')],
  [basic('ci%zz:s')],
  [basic('ci%00:s')],
  [basic(`${'a'.repeat(256)}:s`)],
])('RFC 6749 5.2: what names no client is invalid_client: %s', (header) => {
  expect(() => readClient([header], new OAuthForm(''))).toThrow(
    expect.objectContaining({ code: 'OAUTH_INVALID_CLIENT' }),
  )
})
