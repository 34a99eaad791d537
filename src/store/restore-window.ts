/** How long a deleted repository can be restored, and when its data may go. */

const DAY_MS = 86_400_000
const HOUR_MS = 3_600_000

/** From the deletion on. */
export const RESTORE_WINDOW_MS = 30 * DAY_MS

/**
 * Later than the window ends: a restore that began in time, or on a server whose clock is behind,
 * must find everything as it was.
 */
export const PURGE_AFTER_MS = RESTORE_WINDOW_MS + HOUR_MS
