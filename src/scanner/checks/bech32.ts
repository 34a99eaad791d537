/** The checksum of bech32. @see BIP 173 */

const ALPHABET = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l'
const GENERATOR = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3]

/** @param text all of it, in one case, e.g. `nsec1…` */
export function isBech32(text: string): boolean {
  const folded = text.toLowerCase()
  if (text !== folded && text !== text.toUpperCase()) return false
  const separator = folded.lastIndexOf('1')
  const data = [...folded.slice(separator + 1)].map((char) => ALPHABET.indexOf(char))
  if (separator < 1 || data.length < 6 || data.includes(-1)) return false
  return polymod([...expanded(folded.slice(0, separator)), ...data]) === 1
}

function expanded(prefix: string): number[] {
  const codes = [...prefix].map((char) => char.charCodeAt(0))
  return [...codes.map((code) => code >> 5), 0, ...codes.map((code) => code & 31)]
}

function polymod(values: readonly number[]): number {
  let sum = 1
  for (const value of values) {
    const top = sum >> 25
    sum = ((sum & 0x1ffffff) << 5) ^ value
    GENERATOR.forEach((term, i) => {
      if ((top >> i) & 1) sum ^= term
    })
  }
  return sum
}
