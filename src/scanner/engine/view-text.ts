/** The text of a view: one character for each byte, or for each pair of a text of 16 bits a character. */
import type { View } from './view.ts'

export interface ViewText {
  readonly text: string
  /** Index in `text` behind the keyword. */
  readonly behindKeyword: number
  /** Index of a character in what is held of the object. */
  readonly offset: (index: number) => number
}

/** @param at last byte of the keyword; it stands between NULs when the text has 16 bits a character */
export function readView(bytes: Buffer, at: number, { from, to }: View): ViewText {
  if (at > 0 && bytes[at - 1] === 0) return readWide(bytes, at, from, to)
  return {
    text: bytes.toString('latin1', from, to),
    behindKeyword: at + 1 - from,
    offset: (index) => from + index,
  }
}

function readWide(bytes: Buffer, at: number, from: number, to: number): ViewText {
  const raw = bytes.toString('latin1', from, to)
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
