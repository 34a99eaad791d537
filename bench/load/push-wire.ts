/** The messages of a push, as far as the load needs them. @see gitprotocol-pack(5), "Pushing Data To a Server" */
import { FLUSH, pktLine } from '../../src/git/wire/pkt-line.ts'
import { LoadFailure, refusedBy } from './failure.ts'
import { bandsOf } from './side-band.ts'

export const ZERO_OID = '0'.repeat(40)

export interface UpdateRequest {
  readonly ref: string
  readonly oldOid: string
  readonly newOid: string
  /** Empty for a removal. */
  readonly pack: Buffer
  /** Tip of a clone one commit deep, which git tells with each push. */
  readonly shallow: string | null
}

const CAPABILITIES = ' report-status-v2 side-band-64k object-format=sha1 agent=git/2.39.5'

export function updateRequest({ ref, oldOid, newOid, pack, shallow }: UpdateRequest): Buffer {
  const boundary = shallow === null ? [] : [pktLine(`shallow ${shallow}`)]
  const command = pktLine(`${oldOid} ${newOid} ${ref}\0${CAPABILITIES}`)
  return Buffer.concat([...boundary, command, FLUSH, pack])
}

/** Where a ref is by an advertisement; zeros where it is not. */
export function findAdvertised(advertisement: Buffer, ref: string): string {
  for (const end of ['\n', '\0']) {
    const at = advertisement.indexOf(` ${ref}${end}`)
    if (at >= ZERO_OID.length) return advertisement.toString('latin1', at - ZERO_OID.length, at)
  }
  return ZERO_OID
}

/** @throws LoadFailure when the answer does not say that the ref moved */
export function checkReport(answer: Buffer, ref: string): void {
  const report = bandsOf(answer).data.toString('utf8')
  const unpacked = /unpack (.*)\n/.exec(report)?.[1]
  if (unpacked === undefined) throw new LoadFailure('push: no report')
  if (unpacked !== 'ok') throw refusedBy('unpack', unpacked)
  const refused = /ng \S+ (.*)\n/.exec(report)?.[1]
  if (refused !== undefined) throw refusedBy('ng', refused)
  if (!report.includes(`ok ${ref}\n`)) throw new LoadFailure('push: the report is about another ref')
}
