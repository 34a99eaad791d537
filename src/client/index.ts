/**
 * The client library for Node.js 20 and browsers. What it needs of an operating system, the store that
 * processes share, is in `sluice/client/node`.
 */
export { CredentialCache, type CredentialCacheOptions } from './credential-cache.ts'
export type { Clock, Credential, CredentialStore, Exchange, IssuedToken, KeptToken } from './credential.ts'
export type { AnswerOf, ArgumentsOf, CallOptions, Method, OperationName } from './call.ts'
export type { EventsOptions, StreamedEvent } from './events/follow-events.ts'
export { exchangeWith, type ExchangeOptions, type TokenType } from './exchange-with.ts'
export { Listing, type Page } from './listing.ts'
/** Shapes of the API's bodies, e.g. `api.Repository`. */
export type * as api from './operations.ts'
export type { RetryPolicy } from './retry.ts'
export { SluiceClient, type SluiceClientOptions } from './sluice-client.ts'
export { SluiceError, type ClientErrorCode, type ServerErrorCode } from './sluice-error.ts'
