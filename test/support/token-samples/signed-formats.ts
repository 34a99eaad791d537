/** Secrets that can be told from random text: by a checksum, or by what they decode to. */
import { generateKeyPairSync } from 'node:crypto'
import { crc32 } from 'node:zlib'
import { mintOpaqueToken } from '../../../src/kernel/opaque-token.ts'
import { base62 } from '../../../src/scanner/checks/base62-checksum.ts'
import type { Dice } from '../dice.ts'
import { bech32 } from './bech32.ts'
import type { Format } from './formats.ts'
import { ALNUM, BECH32, URL64, letters } from './letters.ts'

export const SIGNED: readonly Format[] = [
  {
    rule: 'github-token',
    make(dice) {
      const secret = letters(dice, ALNUM, 30)
      return `gh${dice.pick(['p', 'o', 'u', 's'])}_${secret}${base62(crc32(secret))}`
    },
    almost: (dice) => `ghp_${letters(dice, ALNUM, 36)}`,
  },
  {
    rule: 'nostr-nsec',
    make: (dice) => bech32('nsec', letters(dice, BECH32, 52)),
    almost: (dice) => `nsec1${letters(dice, BECH32, 58)}`,
  },
  {
    rule: 'age-secret-key',
    make: (dice) => bech32('age-secret-key-', letters(dice, BECH32, 52)).toUpperCase(),
    almost: (dice) => `age-secret-key-1${letters(dice, BECH32, 58)}`.toUpperCase(),
  },
  {
    rule: 'sluice-token',
    make: () => mintOpaqueToken('admin').token,
    almost: (dice) => `slc_admin_${letters(dice, ALNUM, 49)}`,
  },
  {
    rule: 'jwt',
    make: (dice) => jwt(dice, { alg: 'HS256', typ: 'JWT' }),
    almost: (dice) => jwt(dice, { alg: 'none', typ: 'JWT' }),
    anyLength: true,
  },
  {
    rule: 'private-key',
    make: () => pem(generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'der' })),
    almost: (dice) => pem(Buffer.from(`~${letters(dice, ALNUM, 60)}`)),
    anyLength: true,
  },
]

function jwt(dice: Dice, header: object): string {
  const claims = { sub: letters(dice, ALNUM, 12), exp: dice.below(2 ** 31) }
  const signed = [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
  return [...signed, letters(dice, URL64, 43)].join('.')
}

function pem(der: Buffer): string {
  const label = ['PRIVATE', 'KEY'].join(' ')
  return `-----BEGIN ${label}-----\n${der.toString('base64')}\n-----END ${label}-----`
}
