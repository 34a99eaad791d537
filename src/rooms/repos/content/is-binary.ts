/** Whether a file is binary, by git's own rule. */

/** @see git's xdiff-interface.c, buffer_is_binary */
const LOOKED_AT_BYTES = 8_000

export function isBinary(content: Buffer): boolean {
  return content.subarray(0, LOOKED_AT_BYTES).includes(0)
}
