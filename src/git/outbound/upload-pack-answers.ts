/**
 * What a git server says over smart HTTP about itself and its refs: read from whole answers, in every version of
 * the protocol. Not for what this server answers itself: see wire/.
 *
 * @see gitprotocol-http(5), gitprotocol-v2(5), gitprotocol-pack(5)
 */
import { parseCapabilities } from '../wire/capabilities.ts'
import { DELIM, FLUSH, lineOf, pktLine, takePacket } from '../wire/pkt-line.ts'
import { SHOWN_PREFIXES, upstreamRefs, type UpstreamRefs } from './upstream-refs.ts'

/** What is remembered of a server that speaks protocol v2. */
export interface LsRefsOffer {
  /** As the server names it; `null` where it does not: sha1. */
  readonly objectFormat: string | null
  /** It tells where HEAD points even if no branch is there. */
  readonly unborn: boolean
}

/** Before v2 the refs are told at once. */
export type Advertised =
  | { readonly kind: 'v2'; readonly offer: LsRefsOffer }
  | { readonly kind: 'refs'; readonly refs: UpstreamRefs }

const SERVICE = '# service=git-upload-pack'

/**
 * Reads the answer to `GET …/info/refs?service=git-upload-pack`.
 *
 * @returns `null` when it is not what a git server says
 * @throws AppError `MALFORMED_PACKET`
 */
export function parseAdvertisement(body: Buffer): Advertised | null {
  const lines = linesOf(body)
  const hasService = lines[0] === SERVICE
  const rest = hasService ? lines.slice(1) : lines
  if (rest[0] === 'version 2') return { kind: 'v2', offer: offerOf(rest.slice(1)) }
  const shown = rest[0] === 'version 1' ? rest.slice(1) : rest
  return hasService ? { kind: 'refs', refs: refsBeforeV2(shown) } : null
}

/** Body of the request for branches, tags and HEAD. */
export function writeLsRefs({ objectFormat, unborn }: LsRefsOffer): Buffer {
  const args = [
    'symrefs',
    ...(unborn ? ['unborn'] : []),
    ...['HEAD', ...SHOWN_PREFIXES].map((p) => `ref-prefix ${p}`),
  ]
  return Buffer.concat([
    pktLine('command=ls-refs\n'),
    ...(objectFormat === null ? [] : [pktLine(`object-format=${objectFormat}\n`)]),
    DELIM,
    ...args.map((arg) => pktLine(`${arg}\n`)),
    FLUSH,
  ])
}

/**
 * Reads the answer to it.
 *
 * @returns `null` when it ends before it is whole
 * @throws AppError `MALFORMED_PACKET`
 * @see gitprotocol-v2(5), ls-refs
 */
export function parseLsRefsAnswer(body: Buffer): UpstreamRefs | null {
  if (!body.subarray(-FLUSH.length).equals(FLUSH)) return null
  const lines = linesOf(body).map((line) => line.split(' '))
  const head = lines.find(([, name]) => name === 'HEAD')?.find((word) => word.startsWith(TARGET))
  return upstreamRefs(
    lines.map(([oid = '', name = '']) => ({ oid, name })),
    head?.slice(TARGET.length) ?? null,
  )
}

const TARGET = 'symref-target:'

function offerOf(lines: readonly string[]): LsRefsOffer {
  const capabilities = parseCapabilities(lines)
  const objectFormat = capabilities.get('object-format')
  const lsRefs = capabilities.get('ls-refs')
  return {
    objectFormat: typeof objectFormat === 'string' ? objectFormat : null,
    unborn: typeof lsRefs === 'string' && lsRefs.split(' ').includes('unborn'),
  }
}

/** The capabilities stand behind the first ref. */
function refsBeforeV2(lines: readonly string[]): UpstreamRefs {
  const [first = '', capabilities = ''] = (lines[0] ?? '').split('\0')
  const symrefs = capabilities.split(' ').filter((word) => word.startsWith('symref=HEAD:'))
  return upstreamRefs(
    [first, ...lines.slice(1)].map((line) => {
      const [oid = '', name = ''] = line.split(' ')
      return { oid, name }
    }),
    symrefs[0]?.slice('symref=HEAD:'.length) ?? null,
  )
}

function linesOf(body: Buffer): readonly string[] {
  const lines: string[] = []
  for (let packet = takePacket(body); packet !== null; packet = takePacket(packet.rest)) {
    if (packet.kind === 'data') lines.push(lineOf(packet.payload))
  }
  return lines
}
