/** Objects that take no member they do not know: it may have been meant as another one, or as a limit. */
import { z } from 'zod'
import { nearestName } from './nearest-name.ts'

/** How a member is written for people: `hostKey` or `host_key`. */
export type Spelling = (name: string) => string

/** Others are not repeated: somebody may have written a secret there. */
const PLAIN_NAME = /^[\w.-]{1,40}$/

/** As `z.strictObject`; its fault names the known member that is nearest. */
export function strictly<Shape extends z.core.$ZodLooseShape>(shape: Shape, spell: Spelling) {
  const known = Object.keys(shape)
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === 'unrecognized_keys'
        ? issue.keys.map((key) => unknownMember(key, known, spell)).join('; ')
        : undefined,
  })
}

/** @param known as the program spells them */
export function unknownMember(key: string, known: readonly string[], spell: Spelling): string {
  const written = PLAIN_NAME.test(key) ? `"${spell(key)}"` : 'a member'
  const nearest = nearestName(key, known)
  return nearest === null
    ? `holds ${written}, which is not known; there are ${known.map(spell).join(', ')}`
    : `holds ${written}, which is not known: is "${spell(nearest)}" meant?`
}
