/**
 * `stateless-connect git-upload-pack`: git speaks protocol v2 and the helper carries it, one POST a
 * request. Answers are passed on as they come.
 *
 * @see gitremote-helpers(7), stateless-connect; gitprotocol-v2(5), "HTTP Transport"
 */
import { gzipSync } from 'node:zlib'
import { Readable } from 'node:stream'
import { HelperError } from '../credential-helper/helper-error.ts'
import { decoded, readAdvertisement } from './advertisement.ts'
import type { ByteInput } from './byte-input.ts'
import type { ByteOutput } from './byte-output.ts'
import { failureOf } from './failed-answer.ts'
import type { GitSession } from './git-session.ts'
import type { RequestBody } from './http-request.ts'
import { isFlush, PacketBoundary, RESPONSE_END } from './packets.ts'

const SERVICE = 'git-upload-pack'
/** The server inflates no larger request: wants and haves without a pack. */
const MAX_REQUEST_BYTES = 64 * 1024 * 1024
/** A shorter one is not worth it. */
const GZIP_FROM_BYTES = 1024

/** @returns whether the service was connected; when it was, git has no more commands */
export async function statelessConnect(
  session: GitSession,
  service: string,
  { input, output }: { input: ByteInput; output: ByteOutput },
): Promise<boolean> {
  const offered = service === SERVICE ? await readAdvertisement(session, SERVICE) : null
  if (!offered?.isVersion2) {
    await output.write('fallback\n')
    return false
  }
  await output.write('\n')
  await output.write(offered.packets)
  for (let request = await readRequest(input); request !== null; request = await readRequest(input)) {
    await answer(session, request, output)
    await output.write(RESPONSE_END)
  }
  return true
}

/** Packets up to a flush; `null` when git has no more to ask. */
async function readRequest(input: ByteInput): Promise<Buffer | null> {
  const packets: Buffer[] = []
  let bytes = 0
  for (let packet = await input.packet(); packet !== null; packet = await input.packet()) {
    packets.push(packet)
    bytes += packet.length
    if (bytes > MAX_REQUEST_BYTES) throw new HelperError('git asks for more refs than a request can hold')
    if (isFlush(packet)) return Buffer.concat(packets)
  }
  if (bytes > 0) throw new HelperError('git ended in the middle of a request')
  return null
}

async function answer(session: GitSession, request: Buffer, output: ByteOutput): Promise<void> {
  const isLarge = request.length >= GZIP_FROM_BYTES
  const encoding: Record<string, string> = isLarge ? { 'content-encoding': 'gzip' } : {}
  const headers = { 'git-protocol': 'version=2', ...encoding }
  const body = bodyOf(isLarge ? gzipSync(request) : request)
  const received = await session.call(SERVICE, headers, body)
  if (received.statusCode !== 200) throw await failureOf(received)
  const boundary = new PacketBoundary()
  try {
    for await (const chunk of decoded(received) as AsyncIterable<Buffer>) {
      boundary.pass(chunk)
      await output.write(chunk)
    }
  } catch (err) {
    throw received.complete || err instanceof HelperError ? err : new HelperError(CUT_OFF)
  }
  if (!boundary.isReached) throw new HelperError(CUT_OFF)
}

const CUT_OFF = 'the connection was lost before the answer was whole; fetch again'

function bodyOf(bytes: Buffer): RequestBody {
  return { bytes: bytes.length, open: () => Readable.from([bytes], { objectMode: false }) }
}
