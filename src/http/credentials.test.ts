import { Socket } from 'node:net'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { AppError } from '../kernel/errors.ts'
import { credentialReader, parseAuthorization, readCredential } from './credentials.ts'

const basic = (pair: string) => `Basic ${Buffer.from(pair).toString('base64')}`

describe('a credential is found in', () => {
  test.each([
    ['Bearer', 'Bearer tok-1.2_3~4+5/6==', 'bearer', 'tok-1.2_3~4+5/6=='],
    ['Bearer, scheme in any case', 'bEaReR tok', 'bearer', 'tok'],
    ['the password of Basic', basic('user:tok'), 'bearer', 'tok'],
    ['a password that holds colons', basic('user:a:b'), 'bearer', 'a:b'],
    ['a password that is encoded as in a form', basic('user:slc%5Fa%5fb'), 'bearer', 'slc_a_b'],
    ['the user of Basic without a password', basic('tok:'), 'bearer', 'tok'],
    ['the user of Basic beside x-oauth-basic', basic('tok:x-oauth-basic'), 'bearer', 'tok'],
    ['Nostr', 'Nostr eyJraW5kIjoyNzIzNX0=', 'nostr', 'eyJraW5kIjoyNzIzNX0='],
  ])('%s', (_form, header, kind, secret) => {
    expect(parseAuthorization(header)).toEqual({ kind, secret })
  })

  test('X-Internal-Token', () => {
    expect(readCredential(headers([['X-Internal-Token', 's3cret']]))).toEqual({
      kind: 'internal',
      secret: 's3cret',
    })
  })

  test('nothing, when there is none', () => {
    expect(readCredential(headers([['Accept', '*/*']]))).toBeNull()
  })
})

describe('anything else is refused:', () => {
  test.each([
    ['an empty header', ''],
    ['a scheme alone', 'Bearer'],
    ['an unknown scheme', 'Digest abc'],
    ['two tokens', 'Bearer a, Bearer b'],
    ['spaces inside the token', 'Bearer a b'],
    ['Basic without a colon', basic('token')],
    ['Basic with neither half', basic(':')],
    ['Basic with a control character', basic('u:a\nb')],
    ['Basic with a control character in disguise', basic('u:a%0Ab')],
    ['Basic with an escape that is none', basic('u:a%zz')],
    ['Basic that is no base64', 'Basic §§§'],
    ['a token over 8 KiB', `Bearer ${'a'.repeat(8193)}`],
  ])('%s', (_fault, header) => {
    expect(() => parseAuthorization(header)).toThrowError(new AppError('INVALID_CREDENTIAL'))
  })

  test('an empty X-Internal-Token', () => {
    expect(() => readCredential(headers([['X-Internal-Token', '']]))).toThrowError(AppError)
  })
})

test('no permutation or repetition of credential headers yields an identity twice, or two', () => {
  const credentialHeader = fc.constantFrom<[string, string]>(
    ['Authorization', 'Bearer one'],
    ['authorization', 'Bearer two'],
    ['AUTHORIZATION', basic('u:three')],
    ['X-Internal-Token', 'four'],
    ['x-internal-token', 'five'],
  )
  const other = fc.constantFrom<[string, string]>(
    ['Accept', '*/*'],
    ['X-Internal-Tokens', 'no'],
    ['Host', 'h'],
  )
  fc.assert(
    fc.property(
      fc.array(credentialHeader, { minLength: 2, maxLength: 5 }),
      fc.array(other),
      fc.infiniteStream(fc.nat()),
      (credentials, others, order) => {
        const shuffled = [...credentials, ...others]
          .map((header) => ({ header, at: order.next().value as number }))
          .sort((a, b) => a.at - b.at)
          .map(({ header }) => header)
        expect(() => readCredential(headers(shuffled))).toThrowError(new AppError('INVALID_CREDENTIAL'))
      },
    ),
  )
})

/** As Node reads them: the first `Authorization` counts, others are joined by a comma. */
function headers(list: readonly (readonly [string, string])[]) {
  const read: Record<string, string> = {}
  for (const [name, value] of list) {
    const key = name.toLowerCase()
    if (!(key in read)) read[key] = value
    else if (key !== 'authorization') read[key] += `, ${value}`
  }
  return { headers: read, rawHeaders: list.flat() }
}

describe('on a kept connection', () => {
  const on = (socket: Socket, pairs: [string, string][]) => ({ ...headers(pairs), socket })

  test('what is said again is the same credential, and only there', () => {
    const [read, here, there] = [credentialReader(), new Socket(), new Socket()]
    const first = read(on(here, [['Authorization', 'Bearer a']]))
    expect(read(on(here, [['Authorization', 'Bearer a']]))).toBe(first)
    expect(read(on(there, [['Authorization', 'Bearer a']]))).not.toBe(first)
    expect(read(on(here, [['Authorization', 'Bearer b']]))).toEqual({ kind: 'bearer', secret: 'b' })
  })

  test('a request that says nothing, or says more than one thing, is not taken for the one before it', () => {
    const [read, here] = [credentialReader(), new Socket()]
    read(on(here, [['Authorization', 'Bearer a']]))
    expect(read(on(here, []))).toBeNull()
    for (const more of ['Authorization', 'X-Internal-Token'])
      expect(() =>
        read(
          on(here, [
            ['Authorization', 'Bearer a'],
            [more, 'b'],
          ]),
        ),
      ).toThrowError(AppError)
  })
})
