/** Random text over an alphabet, the same for the same dice. */
import type { Dice } from '../dice.ts'

export const DIGITS = '0123456789'
export const LOWER = 'abcdefghijklmnopqrstuvwxyz'
export const UPPER = LOWER.toUpperCase()
export const HEX = `${DIGITS}abcdef`
export const ALNUM = `${DIGITS}${UPPER}${LOWER}`
export const URL64 = `${ALNUM}-_`
export const BASE64 = `${ALNUM}+/`
export const BASE32 = `${UPPER}234567`
export const BECH32 = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l'

export function letters(dice: Dice, alphabet: string, length: number): string {
  return Array.from({ length }, () => alphabet.charAt(dice.below(alphabet.length))).join('')
}
