/** The upstream of a repository as its row tells it. Secrets are sealed. */
import type { RefName, RepoId } from '../../kernel/ids.ts'

export type KeyProvider = 'static' | 'token' | 'gitea' | 'forgejo' | 'github'

/** In place of what is sealed: the key was revoked, and there is no other yet. */
export const NO_CREDENTIAL = ''

export interface Upstream {
  readonly repoId: RepoId
  /** For `parseUpstreamUrl`; without password. */
  readonly url: string
  readonly provider: KeyProvider
  /** Of a token. */
  readonly username: string | null
  /** Private key or token, sealed for `credentialOf(repoId)`; or `NO_CREDENTIAL`. */
  readonly credentialSealed: string
  /** Token by which deploy keys are made and removed. */
  readonly provisionerSealed: string | null
  readonly apiUrl: string | null
  readonly deployKeyId: string | null
  /** `SHA256:…`; `null` for a token. */
  readonly keyFingerprint: string | null
  readonly keyTtlSeconds: number | null
  readonly hostKey: string | null
  readonly ca: string | null
  /** How old what is shown may be; 0: asked before every read. */
  readonly maxAgeMs: number
  /** Old refs are shown when the upstream cannot be asked. */
  readonly staleIfError: boolean
  readonly userName: string | null
  readonly userEmail: string | null
  /** Where the upstream's HEAD pointed last. */
  readonly headRef: RefName | null
  /** Milliseconds since 1970, as all times. */
  readonly lastRefreshAt: number | null
  readonly lastForwardAt: number | null
  readonly lastError: string | null
  readonly lastErrorAt: number | null
  readonly createdAt: number
  readonly updatedAt: number
}
