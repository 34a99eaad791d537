/** An object id that ends a line. */
import { oidLength, type ObjectFormat, type Oid } from '../../kernel/ids.ts'

const HEX = /^[0-9A-Fa-f]*$/
const UPPER = /[A-F]/

/** @returns `bad`: git refuses it; `upper`: git reads it as another spelling of the same id */
export function hexIdAt(text: string, at: number, format: ObjectFormat): Oid | 'bad' | 'upper' {
  const end = at + oidLength(format)
  const hex = text.slice(at, end)
  if (text[end] !== '\n' || !HEX.test(hex)) return 'bad'
  return UPPER.test(hex) ? 'upper' : (hex as Oid)
}
