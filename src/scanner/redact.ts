/** How a secret may be shown. */

const SHOWN = 6

/**
 * Its first characters and its length, e.g. `ghp_Ab… (40 characters)`; never more than a quarter of it.
 *
 * @param secret one character for each byte
 */
export function redact(secret: string): string {
  const shown = secret.slice(0, Math.min(SHOWN, Math.floor(secret.length / 4)))
  return `${shown.replace(/[^\x21-\x7e]/g, '?')}… (${String(secret.length)} characters)`
}
