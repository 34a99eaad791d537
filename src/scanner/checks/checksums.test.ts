/** Published examples, so that what makes our samples cannot agree with the checks on something wrong. */
import { expect, test } from 'vitest'
import { hasBase62Checksum } from './base62-checksum.ts'
import { isBech32 } from './bech32.ts'

test.each([
  'A12UEL5L',
  'an83characterlonghumanreadablepartthatcontainsthenumber1andtheexcludedcharactersbio1tt5tgs',
  'abcdef1qpzry9x8gf2tvdw0s3jn54khce6mua7lmqqqxw',
  'split1checkupstagehandshakeupstreamerranterredcaperred2y9e3w',
])('%s is bech32, as BIP 173 says', (text) => expect(isBech32(text)).toBe(true))

test.each(['A1G7SGD8', '10a06t8', '1qzzfhee', 'pzry9x0s0muk', 'x1b4n0q5v', 'A12uEL5L'])(
  '%s is none, as BIP 173 says',
  (text) => expect(isBech32(text)).toBe(false),
)

test('the private key that NIP-19 shows is one, and with another letter none', () => {
  const key = ['nsec', '1vl029mgpspedva04g90vltkh6fvh240zqtv9k0t9af8935ke9laqsnlfe5'].join('')
  expect(isBech32(key)).toBe(true)
  expect(isBech32(key.replace('mgps', 'mgpa'))).toBe(false)
})

test('a token that was shown for the format of GitHub has its checksum, and with another letter none', () => {
  const token = ['gh', 'p_zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ0mLq17'].join('')
  expect(hasBase62Checksum(token)).toBe(true)
  expect(hasBase62Checksum(token.replace('zQWB', 'zQWb'))).toBe(false)
})
