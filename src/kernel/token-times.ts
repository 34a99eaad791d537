/** The bounds of signed tokens' lives, in one place: keys, verifiers and issuers hang on them. */

/** No token of ours lives longer. */
export const MAX_TOKEN_SECONDS = 3600
/** What an exchange gives when nobody asks. */
export const DEFAULT_TOKEN_SECONDS = 900
/** Disagreement of clocks that is forgiven. */
export const CLOCK_SKEW_SECONDS = 60
