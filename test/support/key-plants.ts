/** A private key for SSH that has no business somewhere: what of it is searched, in which spellings. */
import { createPrivateKey } from 'node:crypto'
import { spellingsOf } from './plants.ts'

const LINE_OF_PEM = /^[A-Za-z0-9+/=]{20,}$/
/** Two of them lie in every key, whatever line is broken where. */
const PIECE_BYTES = 15

/**
 * The private half of an ed25519 key in the format of OpenSSH, however it is written: as it is, in hex or base64,
 * in another format, in parts. What it shares with its public half, or with every key, is no secret.
 */
export function keySpellings(openssh: string): string[] {
  const seed = seedOf(openssh)
  const pieces = [seed.subarray(0, PIECE_BYTES), seed.subarray(PIECE_BYTES, 2 * PIECE_BYTES)]
  return pieces.flatMap((piece) => [
    piece.toString('latin1'),
    piece.toString('hex'),
    ...[0, 1, 2].flatMap((offset) => base64At(piece, offset)),
  ])
}

/** Is it there? Also where lines are folded, or escaped as in JSON. */
export function holdsKey(text: string, openssh: string): boolean {
  const unfolded = text.replace(/\\n|\s/g, '')
  return keySpellings(openssh).some((spelling) => text.includes(spelling) || unfolded.includes(spelling))
}

/** Is the password there, in whatever spelling? */
export function holdsPassword(text: string, password: string): boolean {
  return spellingsOf(password).some((spelling) => text.includes(spelling))
}

/** @see PROTOCOL.key of OpenSSH: the last of its 64 private bytes are the public ones */
function seedOf(openssh: string): Buffer {
  const body = openssh.split('\n').filter((line) => LINE_OF_PEM.test(line))
  const bytes = Buffer.from(body.join(''), 'base64')
  const marker = Buffer.from('\0\0\0\x40', 'latin1')
  const at = bytes.lastIndexOf(marker) + marker.length
  const [seed, publicHalf] = [bytes.subarray(at, at + 32), bytes.subarray(at + 32, at + 64)]
  const pkcs8 = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), seed])
  const { x } = createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' }).export({ format: 'jwk' })
  if (x !== publicHalf.toString('base64url')) throw new Error('not a key of this kind')
  return seed
}

/** The characters of the encoding that depend on nothing but these bytes, in both alphabets. */
function base64At(bytes: Buffer, offset: number): string[] {
  const encoded = Buffer.concat([Buffer.alloc(offset), bytes]).toString('base64')
  const inner = encoded.slice(Math.ceil((offset * 8) / 6), Math.floor(((offset + bytes.length) * 8) / 6))
  return [inner, inner.replaceAll('+', '-').replaceAll('/', '_')]
}
