/** One ES256 key: made, read back from its row, named by its thumbprint. @see RFC 7638 */
import { calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK, type CryptoKey, type JWK } from 'jose'
import { AppError } from '../../../kernel/errors.ts'
import type { Seal } from '../../../store/secrets/seal.ts'

const ALGORITHM = 'ES256'

/** A key that the store does not know yet. */
export interface FreshKey {
  readonly kid: string
  readonly algorithm: string
  readonly publicJwk: Readonly<Record<string, unknown>>
  /** Private JWK as JSON, sealed. */
  readonly privateEncrypted: string
}

/** As the store keeps it. Times are milliseconds since 1970. */
export interface SigningKeyRow extends FreshKey {
  readonly createdAt: number
  /** Signs nothing from then on; `null` while it may sign. */
  readonly retiredAt: number | null
  /** Verifies nothing from then on; `null` for no end. */
  readonly verifyUntil: number | null
}

export interface SigningKey {
  readonly kid: string
  readonly publicJwk: JWK
  readonly publicKey: CryptoKey
  readonly verifyUntil: number | null
}

export async function makeSigningKey(seal: Seal): Promise<FreshKey> {
  const pair = await generateKeyPair(ALGORITHM, { extractable: true })
  const publicJwk = await exportJWK(pair.publicKey)
  const kid = await calculateJwkThumbprint(publicJwk)
  const privateJwk = JSON.stringify(await exportJWK(pair.privateKey))
  return {
    kid,
    algorithm: ALGORITHM,
    publicJwk: { ...publicJwk },
    privateEncrypted: seal.seal(privateJwk, kid),
  }
}

/** @param known what an earlier reading made of the same key: keys never change, only retire */
export async function readSigningKey(row: SigningKeyRow, known?: SigningKey): Promise<SigningKey> {
  const { kid, verifyUntil } = row
  if (known) return { ...known, verifyUntil }
  const publicJwk = row.publicJwk as unknown as JWK
  return { kid, publicJwk, publicKey: await importKey(publicJwk), verifyUntil }
}

/** @throws AppError `KEY_SECRET_UNUSABLE` when it was sealed with another secret */
export async function readPrivateKey(row: SigningKeyRow, seal: Seal): Promise<CryptoKey> {
  let jwk: string
  try {
    jwk = seal.open(row.privateEncrypted, row.kid)
  } catch {
    throw new AppError('KEY_SECRET_UNUSABLE', {
      details: {
        reason: 'the signing key was sealed with another; restore the key file or SLUICE_KEY_SECRET',
      },
    })
  }
  return importKey(JSON.parse(jwk) as JWK)
}

async function importKey(jwk: JWK): Promise<CryptoKey> {
  return (await importJWK(jwk, ALGORITHM)) as CryptoKey
}
