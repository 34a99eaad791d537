/** Callers who prove to hold a nostr key, and the door that a private service has for them. @see NIP-98, GRASP-08 */
import type { FastifyInstance } from 'fastify'
import type { Config } from '../../config/config.ts'
import type { Verifier as CredentialVerifier } from '../../kernel/credential.ts'
import type { Clock } from '../../kernel/ports.ts'
import type { Verifier } from '../../nostr/verify/verifier.ts'
import { provenKeys } from '../../rooms/grasp/http-auth/http-auth.ts'
import { keyCredentials } from '../../rooms/grasp/http-auth/key-credentials.ts'
import { membersOnly } from '../../rooms/grasp/http-auth/members-only.ts'
import { admissionOf } from '../../rooms/grasp/members.ts'
import { serviceAt } from '../../rooms/grasp/service.ts'
import type { Records } from '../records.ts'

export interface KeyHoldersParts {
  readonly records: Records
  readonly verifier: Verifier
  readonly baseUrl: string
  readonly clock: Clock
}

export interface KeyHolders {
  /** Asked before those of tokens. */
  readonly verifiers: readonly CredentialVerifier[]
  /** Call before routes are registered. */
  readonly guard: (app: FastifyInstance) => void
}

export function openKeyHolders({ grasp }: Config, parts: KeyHoldersParts): KeyHolders {
  if (grasp === null) return { verifiers: [], guard: () => {} }
  const { records, baseUrl } = parts
  const verify = keyCredentials({
    provenKey: provenKeys({ ...parts, service: serviceAt(baseUrl) }),
    admission: admissionOf(grasp.members),
    accountOf: (pubkey) => records.accounts.byIdentity({ issuer: 'nostr', subject: pubkey }),
  })
  return {
    verifiers: [verify],
    guard: (app) => {
      if (grasp.members !== null) membersOnly(app, verify)
    },
  }
}
