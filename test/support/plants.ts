/** Planted secrets: how they could be spelt where they have no business, and whether they are found there. */

/** Name to secret. */
export type Plants = Readonly<Record<string, string>>

/** A part of this length is enough of it to know which secret it was. */
const PART_CHARS = 20

/** The names of those that are in a text, in whatever spelling, whole or in part. */
export function plantsIn(text: string, plants: Plants): string[] {
  return Object.entries(plants)
    .filter(([, secret]) => spellingsOf(secret).some((spelling) => text.includes(spelling)))
    .map(([name]) => name)
}

/** Plain, in hex, in base64 at each of its three offsets; of a signed token its claims and its signature. */
export function spellingsOf(secret: string): string[] {
  return partsOf(secret).flatMap((part) => [
    part,
    encodeURIComponent(part),
    Buffer.from(part).toString('hex'),
    ...[0, 1, 2].map((offset) => base64At(part, offset)),
  ])
}

/** What stands in front is the same for many: the kind of an opaque token, the header of a signed one. */
function partsOf(secret: string): string[] {
  const [, ...ofSigned] = /^eyJ[\w-]*\.[\w-]+\.[\w-]+$/.test(secret) ? secret.split('.') : []
  const parts = ofSigned.length > 0 ? ofSigned : [secret.replace(/^slc_[a-z0-9]+_/, '')]
  return parts.map((part) => part.slice(-PART_CHARS))
}

/** The characters of the encoding that depend on nothing but the text. */
function base64At(text: string, offset: number): string {
  const encoded = Buffer.from(' '.repeat(offset) + text).toString('base64')
  const begin = Math.ceil((offset * 8) / 6)
  return encoded.slice(begin, Math.floor(((offset + text.length) * 8) / 6))
}
