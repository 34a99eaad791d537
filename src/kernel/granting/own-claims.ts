/** Private claims of the tokens that we sign. Who signs writes them, who verifies reads them. @see RFC 7519, section 4.3 */

/** Ids of the tokens that this one was made from, by exchange or attenuation, nearest first. */
export const MINTED_FROM = 'minted_from'
/** `Grants` of the token that this one was made from, where it allows less than everything. */
export const WITHIN = 'within'
/** `true`: made right at somebody's login, and not narrowed. */
export const LOGIN = 'login'
