/**
 * The front of a `git-receive-pack` request: ref updates, capabilities, push options. The pack that
 * follows is left unread in the body. Whether a ref may be called so is for the door to say.
 *
 * @see gitprotocol-pack(5), "Reference Update Request and Packfile Transfer"
 */
import type { Readable } from 'node:stream'
import { AppError } from '../../kernel/errors.ts'
import { type ObjectFormat, type Oid, parseOid, type RefName } from '../../kernel/ids.ts'
import { isDelete, type RefUpdate } from '../../kernel/ref-update.ts'
import type { ByteSource } from '../byte-source.ts'
import { PacketReader } from '../packet-reader.ts'
import { type Capabilities, checkObjectFormat, parseCapabilities } from './capabilities.ts'
import { malformedRequest } from './malformed-request.ts'
import { lineOf } from './pkt-line.ts'
import { readPushOptions } from './push-options.ts'

export interface ReceivePackRequest {
  /** In the client's order. A `ref` is what the client sent, and not checked to be a ref name. */
  readonly updates: readonly RefUpdate[]
  readonly capabilities: Capabilities
  readonly options: readonly string[]
  /** Where the history of a shallow client ends. */
  readonly shallows: readonly Oid[]
  /** The body was `0000` and no more: git asks whether it may send a large one. */
  readonly isProbe: boolean
  /** `null` when every update is a deletion. */
  readonly pack: Readable | null
}

export const MAX_COMMANDS = 10_000
export const MAX_COMMAND_BYTES = 1024 * 1024
/** A longer name could not be told from its fellows in a one-line report. */
const MAX_NAME_BYTES = 4096

const COMMAND = /^([0-9a-f]+) ([0-9a-f]+) (.+)$/is
const CONTROL = /[\x00-\x1f\x7f]/
const NUL = '\0'

/**
 * Reads the body up to the first byte of the pack.
 *
 * @param body taken over until this resolves; `pack` reads on from it
 * @throws AppError `MALFORMED_PACKET`, `MALFORMED_REQUEST`, `TOO_MANY_COMMANDS`, `INVALID_OID`,
 *   and what `ByteSource.read` throws
 */
export async function readReceivePackRequest(
  body: ByteSource,
  repo: { readonly objectFormat: ObjectFormat },
): Promise<ReceivePackRequest> {
  const { shallows, commands } = sortLines(await readCommandLines(body))
  const [first, ...others] = commands
  if (first === undefined) return await withoutCommands(body, shallows)

  const { command, capabilities } = splitFirst(first)
  checkObjectFormat(capabilities, repo.objectFormat)
  const updates = [command, ...others].map(parseCommand)
  const options = capabilities.has('push-options') ? await readPushOptions(body) : []
  const pack = updates.every(isDelete) ? null : body.rest()
  return { updates, capabilities, options, shallows, isProbe: false, pack }
}

async function readCommandLines(body: ByteSource): Promise<string[]> {
  const packets = new PacketReader(body, { maxBytes: MAX_COMMAND_BYTES, overBudget: 'TOO_MANY_COMMANDS' })
  const lines: string[] = []
  for await (const payload of packets.untilFlush('command')) lines.push(lineOf(payload))
  return lines
}

/** Cut-off points of a shallow client come before the commands in what git sends; any place is read. */
function sortLines(lines: readonly string[]): { shallows: Oid[]; commands: string[] } {
  const isShallow = (line: string) => line.startsWith('shallow ')
  const commands = lines.filter((line) => !isShallow(line))
  if (commands.length > MAX_COMMANDS)
    throw new AppError('TOO_MANY_COMMANDS', { details: { max: MAX_COMMANDS } })
  return { shallows: lines.filter(isShallow).map((line) => readOid(line.slice(8))), commands }
}

/** A probe; or a shallow client that has nothing to push, which says where its history ends all the same. */
async function withoutCommands(body: ByteSource, shallows: readonly Oid[]): Promise<ReceivePackRequest> {
  if ((await body.readSome()) !== null) throw malformedRequest('no command before the pack')
  const isProbe = shallows.length === 0
  return { updates: [], capabilities: new Map(), options: [], shallows, isProbe, pack: null }
}

function splitFirst(line: string): { command: string; capabilities: Capabilities } {
  const nul = line.indexOf(NUL)
  if (nul < 0) return { command: line, capabilities: new Map() }
  return { command: line.slice(0, nul), capabilities: parseCapabilities(line.slice(nul + 1).split(' ')) }
}

function parseCommand(command: string): RefUpdate {
  if (command === 'push-cert') throw malformedRequest('push certificates are not offered')
  const [, oldOid, newOid, name] = COMMAND.exec(command) ?? []
  if (oldOid === undefined || newOid === undefined || name === undefined)
    throw malformedRequest('not a ref update')
  if (CONTROL.test(name)) throw malformedRequest('control character in a ref name')
  if (Buffer.byteLength(name) > MAX_NAME_BYTES) throw malformedRequest('ref name is too long')
  // the door's own check makes it a RefName in truth, and refuses this ref alone when it is none
  return { oldOid: readOid(oldOid), newOid: readOid(newOid), ref: name as RefName }
}

/** git reads ids in either case. */
function readOid(text: string): Oid {
  return parseOid(text.toLowerCase())
}
