/**
 * What a git server says over smart HTTP about itself and its refs: read from whole answers, in every version of
 * the protocol. Not for what this server answers itself: see wire/.
 *
 * @see gitprotocol-http(5), gitprotocol-v2(5), gitprotocol-pack(5)
 */
import { AppError } from '../../kernel/errors.ts'
import { parseCapabilities } from '../wire/capabilities.ts'
import { DELIM, FLUSH, lineOf, pktLine, takePacket } from '../wire/pkt-line.ts'
import { readInTurns, SHOWN_PREFIXES, ShownRefs, type UpstreamRefs } from './upstream-refs.ts'

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

/** The server says by an `ERR` line why it shows nothing. @see gitprotocol-pack(5), pkt-line Format */
export class SaysError extends Error {}

const SERVICE = '# service=git-upload-pack'

/**
 * Reads the answer to `GET …/info/refs?service=git-upload-pack`.
 *
 * @returns `null` when it is not what a git server says, or not all of it
 * @throws AppError `MALFORMED_PACKET`; SaysError
 */
export async function parseAdvertisement(body: Buffer): Promise<Advertised | null> {
  if (!isWhole(body)) return null
  const reading = new AdvertisementReading()
  await readInTurns(linesOf(body), (line) => reading.see(line))
  return reading.end()
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
 * @throws AppError `MALFORMED_PACKET`; SaysError
 * @see gitprotocol-v2(5), ls-refs
 */
export async function parseLsRefsAnswer(body: Buffer): Promise<UpstreamRefs | null> {
  if (!isWhole(body)) return null
  const shown = new ShownRefs()
  let head: string | null = null
  await readInTurns(linesOf(body), (line) => {
    const [oid = '', name = '', ...attributes] = checked(line).split(' ', MAX_WORDS)
    shown.add(name, oid)
    if (name === 'HEAD') head ??= attributes.find((word) => word.startsWith(TARGET)) ?? null
  })
  return shown.withHead((head as string | null)?.slice(TARGET.length) ?? null)
}

/** Of a line: id, name, `symref-target:` and `peeled:`, and what is not known yet. */
const MAX_WORDS = 16
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

/** Line by line: capabilities of v2, or the refs of what was before. */
class AdvertisementReading {
  #hasService = false
  #version: 'v2' | 'refs' | null = null
  #isFirst = true
  #head: string | null = null
  readonly #capabilities: string[] = []
  readonly #shown = new ShownRefs()

  see(line: string): void {
    const isFirst = this.#isFirst
    this.#isFirst = false
    if (isFirst && line === SERVICE) this.#hasService = true
    else if (this.#version === null) this.#begin(line)
    else if (this.#version === 'refs') this.#ref(line)
    else if (this.#capabilities.length < MAX_CAPABILITIES) this.#capabilities.push(line)
  }

  end(): Advertised | null {
    if (this.#version === 'v2') return { kind: 'v2', offer: offerOf(this.#capabilities) }
    return this.#hasService ? { kind: 'refs', refs: this.#shown.withHead(this.#head) } : null
  }

  #begin(line: string): void {
    this.#version = line === 'version 2' ? 'v2' : 'refs'
    if (this.#version === 'refs' && line !== 'version 1') this.#ref(line)
  }

  /** The capabilities stand behind the first ref. */
  #ref(line: string): void {
    const [ref = '', capabilities = ''] = checked(line).split('\0')
    const [oid = '', name = ''] = ref.split(' ')
    this.#shown.add(name, oid)
    this.#head ??=
      capabilities
        .split(' ')
        .find((word) => word.startsWith(HEAD))
        ?.slice(HEAD.length) ?? null
  }
}

const HEAD = 'symref=HEAD:'
const MAX_CAPABILITIES = 1_000

/** What is no ref is not passed over: refs that are missing here would be removed from a gate. */
function checked(line: string): string {
  if (line.startsWith('ERR ')) throw new SaysError()
  if (!REF.test(line)) throw new AppError('MALFORMED_PACKET', { details: { reason: 'not a ref' } })
  return line
}

/** `unborn` is of v2, `shallow` of what was before. @see gitprotocol-v2(5), gitprotocol-pack(5) */
const REF = /^(?:[0-9a-f]{40}|[0-9a-f]{64}|unborn|shallow) /

function isWhole(body: Buffer): boolean {
  return body.subarray(-FLUSH.length).equals(FLUSH)
}

function* linesOf(body: Buffer): Generator<string> {
  for (let packet = takePacket(body); packet !== null; packet = takePacket(packet.rest)) {
    if (packet.kind === 'data') yield lineOf(packet.payload)
  }
}
