/** What another issuer says of a workload, once its word has been verified. Not a credential. @see RFC 7523 */

export interface Assertion {
  /** `iss`. */
  readonly issuer: string
  readonly audiences: readonly string[]
  /** Milliseconds since 1970. */
  readonly expiresAt: number
  /** All that it says. */
  readonly claims: Readonly<Record<string, unknown>>
}

/**
 * @throws AppError `INVALID_CREDENTIAL`; `UNAVAILABLE` when the issuer's keys cannot be had
 */
export type VerifyAssertion = (jwt: string) => Promise<Assertion>
