/** The worker that verifies nostr events, for tests. */
import { buildOnce } from './build-once.ts'

/** @returns path of the built worker */
export const verifyWorkerScript = buildOnce('nostr/verify/verify-worker.ts')
