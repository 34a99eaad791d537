/**
 * Text of others on somebody's terminal: names and titles come from whoever could write them, and
 * must not move the cursor, rewrite lines or turn the direction of reading.
 */

/** C0 and C1 controls, and the marks of direction. @see ECMA-48, Unicode TR9 */
const UNPRINTABLE = /[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g
/** What `JSON.stringify` leaves as it is. */
const UNPRINTABLE_IN_JSON = /[\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g

/** One line, with a visible mark for each character that is none. */
export function printable(text: string): string {
  return text.replace(/\s+/g, ' ').replace(UNPRINTABLE, '\ufffd')
}

/** The same value, with nothing in it that a terminal would act on. @param indent 0: in one line */
export function printableJson(value: unknown, indent = 2): string {
  return JSON.stringify(value, null, indent).replace(
    UNPRINTABLE_IN_JSON,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
