/** When a relay is tried again. Pure. */
import type { RelayHealth } from '../../../store/nostr/relays.ts'
import type { RelayFault } from './relay-fault.ts'

const FIRST_WAIT_MS = 5_000
const LONGEST_WAIT_MS = 3600_000
/** After that it is taken for dead, and tried once in as long. */
const DEAD_MS = 24 * 3600_000
const MISBEHAVED_WAIT_MS = 12 * 3600_000

export const UNTRIED: RelayHealth = {
  failures: 0,
  retryAt: 0,
  failingSince: null,
  lastError: null,
  connectedAt: null,
  syncedAt: null,
}

/** @param now milliseconds since 1970 */
export function afterFault(before: RelayHealth, { kind, message }: RelayFault, now: number): RelayHealth {
  const failures = before.failures + 1
  const failingSince = before.failingSince ?? now
  const usual = Math.min(FIRST_WAIT_MS * 2 ** (failures - 1), LONGEST_WAIT_MS)
  const longer = kind === 'misbehaved' ? MISBEHAVED_WAIT_MS : usual
  const waitMs = now - failingSince >= DEAD_MS ? DEAD_MS : longer
  return { ...before, failures, failingSince, retryAt: now + waitMs, lastError: message }
}

/** It has answered all that it was asked. */
export function afterAnswers(before: RelayHealth, now: number): RelayHealth {
  return { ...before, failures: 0, failingSince: null, retryAt: now, lastError: null, connectedAt: now }
}
