/** The pack that is kept of a small push: compressed bytes as they came, so far as nothing outside is needed. */
import type { ObjectFormat } from '../../kernel/ids.ts'
import { deflateAll } from '../quarantine/deflate-all.ts'
import { packItems, type BuiltPack, type PackItem } from '../quarantine/own-pack.ts'
import type { PackedObject } from './resolve-deltas.ts'

/** @param objects in the order of the pack that they came in */
export async function packAnew(objects: readonly PackedObject[], format: ObjectFormat): Promise<BuiltPack> {
  const places = new Map(objects.map(({ oid }, at) => [oid, at]))
  const baseOf = ({ base, entry }: PackedObject) =>
    base !== null && base.entry.offset < entry.offset ? (places.get(base.oid) as number) : null
  const isMadeWhole = (object: PackedObject) => object.entry.kind === 'delta' && baseOf(object) === null
  const deflated = await deflateAll(objects.filter(isMadeWhole), ({ content }) => content)
  const whole = new Map(deflated.map(({ object, deflated: bytes }) => [object.oid, bytes]))
  const items = objects.map((object): PackItem => {
    const { oid, type, content, entry } = object
    const anew = whole.get(oid)
    if (anew) return { oid, type, bytes: content.length, deflated: anew, base: null }
    return { oid, type, bytes: entry.inflated.length, deflated: entry.deflated, base: baseOf(object) }
  })
  return packItems(items, format)
}
