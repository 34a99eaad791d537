/** A short-lived token and where it comes from. Types only. */

/** What an exchange answers. */
export interface IssuedToken {
  readonly token: string
  readonly expiresInSeconds: number
}

/**
 * Gets a token for one audience and one action.
 *
 * @param audience whom the token is for, e.g. `https://git.example.test/acme/app`
 * @param action what it shall allow, in words of the server: a scope such as `repo:pull`; empty: whatever
 *   the subject token allows
 * @param signal aborted when nobody waits for the answer any more
 */
export type Exchange = (audience: string, action: string, signal: AbortSignal) => Promise<IssuedToken>

/** Where a client takes the token of its next request from, and where it says that one was refused. */
export interface Credential {
  token(signal?: AbortSignal): Promise<string>
  /** @param rejected the token that the server refused; a newer one stays */
  invalidate(rejected?: string): Promise<void>
}

/** Milliseconds since 1970. */
export interface Clock {
  now(): number
}

/** A token that may be handed out until `until`, milliseconds since 1970. */
export interface KeptToken {
  readonly token: string
  readonly until: number
}

/**
 * Where tokens outlive their process. It never fails because of what it finds: a store that cannot be
 * read or written has nothing and keeps nothing, and the price is an exchange.
 */
export interface CredentialStore {
  get(key: string): Promise<KeptToken | null>
  put(key: string, kept: KeptToken): Promise<void>
  /** @param rejected only this token; absent: whatever is there */
  delete(key: string, rejected?: string): Promise<void>
  /** Runs while nobody else, in this process or another, is inside with the same key. */
  exclusively<T>(key: string, work: () => Promise<T>, signal: AbortSignal): Promise<T>
}
