/**
 * The answers to `GET …/info/refs`: what this server can do and, before protocol v2, its refs. They
 * offer what is implemented and nothing else.
 *
 * @see gitprotocol-http(5), "Smart Server Response"; gitprotocol-pack(5); gitprotocol-v2(5)
 */
import { type ObjectFormat, oidLength } from '../../kernel/ids.ts'
import { type RefForm, writeRef } from '../refs/ref-form.ts'
import type { RefSnapshot } from '../refs/ref-snapshot.ts'
import { FLUSH, pktLine, takePacket } from './pkt-line.ts'

/** What both services say of the server. */
interface ServerFacts {
  readonly objectFormat: ObjectFormat
  /** `name/version`, without spaces. */
  readonly agent: string
}

interface ShownRefs {
  readonly snapshot: RefSnapshot
  /** Prefixes of refs that do not exist for this caller. */
  readonly hidden: readonly string[]
}

/** Protocol v2 shows refs only when asked, so it needs no snapshot. */
type CapabilityOffer = ServerFacts & {
  readonly version: 2
  /** Of this repository. */
  readonly hasBundles: boolean
}
export type UploadPackOffer = CapabilityOffer | (ServerFacts & ShownRefs & { readonly version: 0 | 1 })

const UPLOAD_PACK = [
  'multi_ack thin-pack side-band side-band-64k ofs-delta shallow deepen-since deepen-not deepen-relative',
  'no-progress include-tag multi_ack_detailed allow-tip-sha1-in-want allow-reachable-sha1-in-want no-done',
].join(' ')
const RECEIVE_PACK =
  'report-status report-status-v2 delete-refs side-band-64k quiet atomic ofs-delta push-options'

/** Body of `info/refs?service=git-upload-pack`. Remembered in the snapshot where there is one. */
export function writeUploadPackAdvertisement(offer: UploadPackOffer): Buffer {
  if (offer.version === 2) return writeCapabilityAdvertisement(offer)
  const { version, snapshot, hidden, agent } = offer
  return snapshot.answers.get(`upload-pack ${version} ${agent}\n${hidden.join('\n')}`, () => {
    const refs = [...writeHeadV0(snapshot), ...snapshot.write({ prefixes: [], hidden }, V0)]
    const packets = withCapabilities(Buffer.concat(refs), uploadPackCapabilities(offer), offer.objectFormat)
    return Buffer.concat([serviceLine('git-upload-pack'), ...versionLine(version), packets, FLUSH])
  })
}

/**
 * Body of `info/refs?service=git-receive-pack`, in v0: there is no other for a push. HEAD and peeled
 * values are of no use to a pusher. Remembered in the snapshot.
 */
export function writeReceivePackAdvertisement(offer: ServerFacts & ShownRefs): Buffer {
  const { snapshot, hidden, objectFormat, agent } = offer
  return snapshot.answers.get(`receive-pack ${agent}\n${hidden.join('\n')}`, () => {
    const refs = snapshot.write({ prefixes: [], hidden }, { peeled: 'omit', symrefs: false })
    const capabilities = `${RECEIVE_PACK} object-format=${objectFormat} agent=${agent}`
    const packets = withCapabilities(Buffer.concat(refs), capabilities, objectFormat)
    return Buffer.concat([serviceLine('git-receive-pack'), packets, FLUSH])
  })
}

/** Without the service line: git leaves it out in v2. @see gitprotocol-v2(5), "HTTP Transport" */
function writeCapabilityAdvertisement({ agent, objectFormat, hasBundles }: CapabilityOffer): Buffer {
  const capabilities = [
    'version 2',
    `agent=${agent}`,
    'ls-refs=unborn',
    'fetch=shallow wait-for-done filter sideband-all',
    'server-option',
    `object-format=${objectFormat}`,
    'object-info',
    ...(hasBundles ? ['bundle-uri'] : []),
  ]
  return Buffer.concat([...capabilities.map((line) => pktLine(`${line}\n`)), FLUSH])
}

const V0: RefForm = { peeled: 'line', symrefs: false }

function writeHeadV0({ head }: RefSnapshot): Buffer[] {
  return head.kind === 'born' ? [writeRef({ name: 'HEAD', ...head }, V0)] : []
}

function uploadPackCapabilities({ snapshot, objectFormat, agent }: ServerFacts & ShownRefs): string {
  const { head } = snapshot
  const symref = head.kind === 'born' && head.target !== null ? ` symref=HEAD:${head.target}` : ''
  return `${UPLOAD_PACK}${symref} filter object-format=${objectFormat} agent=${agent}`
}

/**
 * Puts the capabilities behind the first ref. Where there is none a line stands for them; git 2.39
 * leaves that line out for upload-pack, but reads it, and later versions write it.
 */
function withCapabilities(refs: Buffer, capabilities: string, format: ObjectFormat): Buffer {
  const first = takePacket(refs)
  const ref = first?.kind === 'data' ? first.payload.subarray(0, -1) : noRefs(format)
  const said = Buffer.concat([ref, Buffer.from(`\0${capabilities}\n`, 'latin1')])
  return Buffer.concat([pktLine(said), first?.rest ?? Buffer.alloc(0)])
}

function noRefs(format: ObjectFormat): Buffer {
  return Buffer.from(`${'0'.repeat(oidLength(format))} capabilities^{}`)
}

function serviceLine(service: string): Buffer {
  return Buffer.concat([pktLine(`# service=${service}\n`), FLUSH])
}

function versionLine(version: 0 | 1): Buffer[] {
  return version === 1 ? [pktLine('version 1\n')] : []
}
