/** What expressions cannot decide about a match. By name, because a worker thread is sent no functions. */
import { parseOpaqueToken } from '../../kernel/opaque-token.ts'
import { hasBase62Checksum } from './base62-checksum.ts'
import { isBech32 } from './bech32.ts'
import { beginsWithSnowflake } from './discord.ts'
import { isBase64Json, isSignedJwt } from './jwt.ts'
import { isPrivateKey } from './private-key.ts'
import { looksRandom } from './random-looking.ts'
import { isUrlPassword } from './url-password.ts'

/** @param match all that the expression matched, the secret within */
export type Check = (secret: string, match: string) => boolean

export const CHECKS = {
  'base62-checksum': hasBase62Checksum,
  bech32: isBech32,
  snowflake: beginsWithSnowflake,
  'signed-jwt': isSignedJwt,
  'base64-json': isBase64Json,
  'private-key': isPrivateKey,
  random: looksRandom,
  'url-password': isUrlPassword,
  'sluice-token': (secret) => parseOpaqueToken(secret) !== null,
} as const satisfies Record<string, Check>

export type CheckName = keyof typeof CHECKS
