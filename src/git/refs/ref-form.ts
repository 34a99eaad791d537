/** How one ref is written on the wire, in each of the ways that upload-pack and receive-pack know. */
import { pktLine } from '../wire/pkt-line.ts'

/** A ref with what is known of it. Names are byte strings, ids lower-case hex. */
export interface KnownRef {
  readonly name: string
  readonly oid: string
  /** What an annotated tag points at in the end. */
  readonly peeled: string | null
  /** The ref that a symbolic one stands for, after the last step. */
  readonly target: string | null
}

/** `attribute`: protocol v2; `line`: a second packet, as v0 and v1 have it. */
export type PeeledForm = 'omit' | 'attribute' | 'line'

export interface RefForm {
  readonly peeled: PeeledForm
  readonly symrefs: boolean
}

/** One or two packets. @see gitprotocol-v2(5), ls-refs; gitprotocol-pack(5), "Reference Discovery" */
export function writeRef({ name, oid, peeled, target }: KnownRef, form: RefForm): Buffer {
  const symref = form.symrefs && target !== null ? ` symref-target:${target}` : ''
  const attribute = form.peeled === 'attribute' && peeled !== null ? ` peeled:${peeled}` : ''
  const ref = writeLine(`${oid} ${name}${symref}${attribute}\n`)
  if (form.peeled !== 'line' || peeled === null) return ref
  return Buffer.concat([ref, writeLine(`${peeled} ${name}^{}\n`)])
}

function writeLine(bytes: string): Buffer {
  return pktLine(Buffer.from(bytes, 'latin1'))
}
