/**
 * A request to upload-pack, as far as the server decides by it: the whole of a protocol v2 request by
 * its sections, and only the start of a v0 or v1 one, which git itself reads.
 *
 * @see gitprotocol-v2(5), "Command Request"; gitprotocol-pack(5), "Packfile Negotiation"
 */
import { isOid, type ObjectFormat } from '../../kernel/ids.ts'
import { type Capabilities, checkObjectFormat, parseCapabilities } from './capabilities.ts'
import { malformedRequest } from './malformed-request.ts'
import { lineOf, takePacket } from './pkt-line.ts'

export interface CommandRequest {
  /** `ls-refs`, `fetch`, `object-info`, `bundle-uri` or what the client made up. */
  readonly command: string
  readonly capabilities: Capabilities
  /** One per packet, without its line feed. */
  readonly args: readonly string[]
}

interface HasFormat {
  readonly objectFormat: ObjectFormat
}

const COMMAND = 'command='

/**
 * @param body a whole request; the caller bounds it
 * @returns `null` for the empty request, by which a client says that it has done
 * @throws AppError `MALFORMED_PACKET`, `MALFORMED_REQUEST`
 */
export function parseCommandRequest(body: Buffer, repo: HasFormat): CommandRequest | null {
  const head = takeSection(body)
  const args = head.end === 'delim' ? takeSection(head.rest) : { lines: [], end: 'flush', rest: head.rest }
  if (args.end !== 'flush' || args.rest.length > 0) throw malformedRequest('one flush expected, at the end')
  if (head.lines.length === 0 && head.end === 'flush') return null
  return { ...parseHead(head.lines, repo), args: args.lines }
}

/**
 * Tells a protocol v2 request from rubbish while its arguments still arrive.
 *
 * @param start of the body, down to the end of its first section at least
 * @throws AppError `MALFORMED_PACKET`, `MALFORMED_REQUEST`
 */
export function parseCommandStart(start: Buffer, repo: HasFormat): Omit<CommandRequest, 'args'> {
  return parseHead(takeSection(start).lines, repo)
}

function parseHead(lines: readonly string[], repo: HasFormat): Omit<CommandRequest, 'args'> {
  const commands = lines.filter((line) => line.startsWith(COMMAND))
  const [command] = commands
  if (command === undefined || commands.length > 1) throw malformedRequest('one command expected')
  const capabilities = parseCapabilities(lines.filter((line) => line !== command))
  checkObjectFormat(capabilities, repo.objectFormat)
  return { command: command.slice(COMMAND.length), capabilities }
}

interface Section {
  readonly lines: string[]
  readonly end: 'flush' | 'delim'
  readonly rest: Buffer
}

function takeSection(body: Buffer): Section {
  const lines: string[] = []
  let rest = body
  for (;;) {
    const packet = takePacket(rest)
    if (packet === null) throw malformedRequest('body ends before the flush')
    rest = packet.rest
    if (packet.kind === 'response-end') throw malformedRequest('response-end in a request')
    if (packet.kind !== 'data') return { lines, end: packet.kind, rest }
    lines.push(lineOf(packet.payload))
  }
}

/**
 * Tells a v0 or v1 request from rubbish before a process is started for it: a first `want`, or a
 * flush from a client that wants nothing.
 *
 * @param start of the body; one whole packet is enough
 * @throws AppError `MALFORMED_PACKET`, `MALFORMED_REQUEST`
 */
export function checkUploadRequestStart(start: Buffer): 'wants' | 'nothing' {
  const packet = takePacket(start)
  if (packet?.kind === 'flush') return 'nothing'
  if (packet?.kind !== 'data') throw malformedRequest('want or flush expected')
  const [verb, oid = ''] = packet.payload.toString('latin1').split(/[ \n\0]/)
  if (verb !== 'want' || !isOid(oid)) throw malformedRequest('want or flush expected')
  return 'wants'
}
