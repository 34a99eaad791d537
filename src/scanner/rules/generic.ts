/** Secrets without a shape of their own: passwords in URLs, and random values that are called secret. */
import type { Rule } from '../rule.ts'
import { ASSIGN, NO_PLACEHOLDERS, rule } from './define.ts'

/** Nothing that goes on as an expression: a call, a member, an index, a template. */
const END = '(?![\\w.([{$/+=~-])'

export const GENERIC: readonly Rule[] = [
  {
    ...rule('url-password', {
      description: 'password in a URL',
      reference: 'RFC 3986, section 3.2.1',
      keywords: ['://'],
      pattern: /:\/\/[^\s:/?#@"'`<>\\]{0,128}:([^\s/?#@"'`<>\\]{4,256})@[[\w]/,
      check: 'url-password',
      generic: true,
    }),
    allow: NO_PLACEHOLDERS,
  },
  {
    ...rule('generic-secret', {
      description: 'random value assigned to a name that says secret',
      reference: 'none: by its name and its entropy',
      keywords: [
        'secret',
        'token',
        'passw',
        'apikey',
        'api_key',
        'api-key',
        'accesskey',
        'access_key',
        'auth_key',
        'authkey',
        'private_key',
        'encryption_key',
        'signing_key',
        'credential',
      ],
      pattern: new RegExp(`[a-z_-]{4,24}[\\w.-]{0,16}${ASSIGN}([A-Za-z0-9+/_.~-]{20,128}={0,2})${END}`, 'i'),
      check: 'random',
      generic: true,
    }),
    allow: NO_PLACEHOLDERS,
  },
]
