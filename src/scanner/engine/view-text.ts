/** The text of a view: one character for each byte, or for each pair of a text of 16 bits a character. */
import type { View } from './view.ts'

export interface ViewText {
  readonly text: string
  /** Index in `text` behind the keyword. */
  readonly behindKeyword: number
  /** Index of a character in what is held of the object. */
  readonly offset: (index: number) => number
}

/**
 * @param held what is held of the object, one character for each byte
 * @param at last byte of the keyword; it stands between NULs when the text has 16 bits a character
 */
export function readView(held: string, at: number, { from, to }: View): ViewText {
  // a slice shares the text: a keyword at every third byte copies nothing
  const text = held.slice(from, to)
  if (isWide(held, at)) return readWide(text, at, from)
  return {
    text,
    behindKeyword: at + 1 - from,
    offset: (index) => from + index,
  }
}

/** Has the text 16 bits a character where a keyword ends at `at`? */
export function isWide(held: string, at: number): boolean {
  return at > 0 && held.charCodeAt(at - 1) === 0
}

function readWide(raw: string, at: number, from: number): ViewText {
  return {
    text: withoutNuls(raw),
    behindKeyword: withoutNuls(raw.slice(0, at + 1 - from)).length,
    offset: (index) => {
      let left = index
      let i = 0
      while (i < raw.length && (raw.charCodeAt(i) === 0 || left-- > 0)) i++
      return from + i
    },
  }
}

function withoutNuls(text: string): string {
  return text.replaceAll('\0', '')
}
