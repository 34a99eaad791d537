/** What a service offers, as `info/refs` tells it. @see gitprotocol-http(5), "Smart Server Response" */
import type { IncomingMessage } from 'node:http'
import { createGunzip } from 'node:zlib'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream'
import { HelperError } from '../credential-helper/helper-error.ts'
import type { Service } from './endpoint.ts'
import { failureOf } from './failed-answer.ts'
import type { GitSession } from './git-session.ts'
import { FLUSH, isFlush, packetSize, textOf } from './packets.ts'

export interface Advertisement {
  /** Packets after the line that names the service. */
  readonly packets: Buffer
  readonly isVersion2: boolean
}

export interface AdvertisedRef {
  readonly name: string
  readonly oid: string
}

/** A million refs with names of a hundred characters. */
const MAX_BYTES = 256 * 1024 * 1024

/** @throws HelperError */
export async function readAdvertisement(session: GitSession, service: Service): Promise<Advertisement> {
  // of receive-pack there is one version only
  const version: Record<string, string> = service === 'git-upload-pack' ? { 'git-protocol': 'version=2' } : {}
  const answer = await session.advertisement(service, version)
  if (answer.statusCode !== 200) throw await failureOf(answer)
  if (answer.headers['content-type'] !== `application/x-${service}-advertisement`)
    throw new HelperError('that is no git repository of a smart HTTP server')
  const packets = withoutServiceLine(await collect(decoded(answer)))
  return { packets, isVersion2: textOf(firstPacket(packets)) === 'version 2' }
}

/** The body, inflated where it came compressed. */
export function decoded(answer: IncomingMessage): Readable {
  if (answer.headers['content-encoding'] !== 'gzip') return answer
  return pipeline(answer, createGunzip(), () => {}) // a reader of the stream meets its fault
}

/** What git lets no name hold would be words of our own answer to it, or speak to a terminal. @see git-check-ref-format(1) */
const REF = /^([0-9a-f]{40,64}) ([^\x00-\x20\x7f]+)$/

/** Refs that can be pushed to, and the object format of the repository. */
export function refsOf({ packets }: Advertisement): {
  readonly refs: readonly AdvertisedRef[]
  readonly objectFormat: string
} {
  const refs: AdvertisedRef[] = []
  let objectFormat = 'sha1'
  for (const packet of packetsOf(packets)) {
    const [line = '', capabilities = ''] = textOf(packet).split('\0')
    objectFormat = /(?:^| )object-format=(\S+)/.exec(capabilities)?.[1] ?? objectFormat
    const [, oid, name] = REF.exec(line) ?? []
    if (oid === undefined || name === undefined || name === '.have' || name.endsWith('^{}')) continue
    refs.push({ oid, name })
  }
  return { refs, objectFormat }
}

function* packetsOf(bytes: Buffer): Generator<Buffer> {
  for (let rest = bytes; rest.length > 0;) {
    const packet = firstPacket(rest)
    if (!isFlush(packet)) yield packet
    rest = rest.subarray(packet.length)
  }
}

function withoutServiceLine(bytes: Buffer): Buffer {
  const first = firstPacket(bytes)
  if (!textOf(first).startsWith('# service=')) return bytes
  const rest = bytes.subarray(first.length)
  return isFlush(firstPacket(rest)) ? rest.subarray(FLUSH.length) : rest
}

function firstPacket(bytes: Buffer): Buffer {
  const size = packetSize(bytes)
  if (size === null || size > bytes.length) throw new HelperError('the list of refs was cut off')
  return bytes.subarray(0, size)
}

async function collect(body: Readable): Promise<Buffer> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of body as AsyncIterable<Buffer>) {
    chunks.push(chunk)
    bytes += chunk.length
    if (bytes > MAX_BYTES) throw new HelperError('the list of refs is too long')
  }
  return Buffer.concat(chunks)
}
