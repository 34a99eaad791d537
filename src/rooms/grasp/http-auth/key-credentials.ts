/** Callers who prove to hold a key. They get no right of any account: what signed events allow is all they may do. */
import type { Account } from '../../../kernel/account.ts'
import type { Credential, Verifier } from '../../../kernel/credential.ts'
import { AppError } from '../../../kernel/errors.ts'
import type { Principal } from '../../../kernel/principal.ts'
import { npubOf } from '../../../nostr/npub.ts'
import type { Admission } from '../members.ts'
import { looksLikeProof, type ProvenKey } from './http-auth.ts'

export interface KeyCredentialsParts {
  readonly provenKey: ProvenKey
  readonly admission: Admission
  /** Account of a key, hex; `null`: it has none. */
  readonly accountOf: (pubkey: string) => Promise<Pick<Account, 'id' | 'disabledAt'> | null>
}

const REASON = 'sign an event of kind 27235 for the URL of this repository, method GET, now'

/** Also as the password of git's Basic scheme, the one that every git client can carry. */
export function keyCredentials({ provenKey, admission, accountOf }: KeyCredentialsParts): Verifier {
  return async (credential, { target = '' }) => {
    if (!isProof(credential)) return null
    const pubkey = await provenKey(credential.secret, target)
    const account = pubkey === null ? null : await accountOf(pubkey)
    if (pubkey === null || (account !== null && account.disabledAt !== null))
      throw new AppError('INVALID_CREDENTIAL', { details: { reason: REASON } })
    const principal = holderOf(pubkey, account?.id ?? null)
    return admission(new Set([pubkey])) === null ? { ...principal, welcome: true } : principal
  }
}

function isProof({ kind, secret }: Credential): boolean {
  return kind === 'nostr' || (kind === 'bearer' && looksLikeProof(secret))
}

function holderOf(pubkey: string, accountId: string | null): Principal {
  return {
    kind: 'nostr',
    accountId,
    displayName: npubOf(pubkey),
    email: null,
    grants: { admin: false, repositories: [] },
    pubkey,
  }
}
