/** Makes bech32 texts, as the reference does; apart from the check of the scanner, which is held against it. @see BIP 173 */
import { BECH32 } from './letters.ts'

const GENERATOR = [0x3b6a57b2n, 0x26508e6dn, 0x1ea119fan, 0x3d4233ddn, 0x2a1462b3n]

export function bech32(prefix: string, data: string): string {
  const codes = Array.from(prefix, (char) => BigInt(char.charCodeAt(0)))
  const given = Array.from(data, (char) => BigInt(BECH32.indexOf(char)))
  const values = [
    ...codes.map((c) => c / 32n),
    0n,
    ...codes.map((c) => c % 32n),
    ...given,
    ...Array<bigint>(6).fill(0n),
  ]
  const sum = values.reduce(next, 1n) ^ 1n
  const checksum = [25n, 20n, 15n, 10n, 5n, 0n].map((bits) => BECH32.charAt(Number((sum >> bits) & 31n)))
  return `${prefix}1${data}${checksum.join('')}`
}

function next(sum: bigint, value: bigint): bigint {
  const shifted = ((sum & 0x1ffffffn) << 5n) ^ value
  return GENERATOR.reduce((all, term, i) => ((sum >> BigInt(25 + i)) & 1n ? all ^ term : all), shifted)
}
