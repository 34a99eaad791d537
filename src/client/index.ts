/**
 * The client library for Node.js 20 and browsers. What it needs of an operating system, the store that
 * processes share, is in `sluice/client/node`.
 */
export { CredentialCache, type CredentialCacheOptions } from './credential-cache.ts'
export type { Clock, Credential, CredentialStore, Exchange, IssuedToken, KeptToken } from './credential.ts'
export { exchangeWith, type ExchangeOptions, type TokenType } from './exchange-with.ts'
export { SluiceError, type ClientErrorCode, type ServerErrorCode } from './sluice-error.ts'
