/** Git's requests made by hand: what stock git would never send, and what it does not show of an answer. */
import { once } from 'node:events'
import { request as httpRequest, type Agent, type ClientRequest, type IncomingMessage } from 'node:http'
import { DELIM, FLUSH, lineOf, pktLine, takePacket } from '../../src/git/wire/pkt-line.ts'
import type { Actor } from './actor.ts'

export interface RawAnswer {
  readonly status: number
  readonly headers: IncomingMessage['headers']
  readonly rawHeaders: readonly string[]
  readonly trailers: IncomingMessage['trailers']
  readonly body: Buffer
  readonly text: string
}

export interface RawOptions {
  readonly method?: string
  readonly headers?: Record<string, string>
  readonly body?: string | Buffer
  /** Absent: a connection of its own. */
  readonly agent?: Agent
}

const ZERO = '0'.repeat(40)
export const REPORTING = 'report-status side-band-64k object-format=sha1 agent=raw/1'

/** One whole request, with the actor's token. */
export async function raw(actor: Actor, url: string, opts: RawOptions = {}): Promise<RawAnswer> {
  const request = openRaw(actor, url, opts)
  request.end(opts.body)
  return readAnswer(request)
}

/** A request whose body the story writes itself. */
export function openRaw(actor: Actor, url: string, opts: Omit<RawOptions, 'body'> = {}): ClientRequest {
  const service = /git-(?:upload|receive)-pack$/.exec(new URL(url).pathname)?.[0]
  const request = httpRequest(url, {
    method: opts.method ?? (service ? 'POST' : 'GET'),
    agent: opts.agent ?? false,
    headers: {
      ...(actor.token === null ? {} : { authorization: `Bearer ${actor.token}` }),
      ...(service ? { 'content-type': `application/x-${service}-request` } : {}),
      ...opts.headers,
    },
  })
  request.on('error', () => {}) // whoever waits for the answer hears of it
  return request
}

export async function readAnswer(request: ClientRequest): Promise<RawAnswer> {
  const [answer] = (await once(request, 'response')) as [IncomingMessage]
  const chunks: Buffer[] = []
  for await (const chunk of answer) chunks.push(chunk as Buffer)
  const body = Buffer.concat(chunks)
  const { statusCode: status = 0, headers, rawHeaders, trailers } = answer
  return { status, headers, rawHeaders, trailers, body, text: body.toString() }
}

export interface RawPush {
  /** `<old> <new> <ref>`; an absent old or new is the zero id. */
  readonly updates: readonly { readonly ref: string; readonly old?: string; readonly new?: string }[]
  readonly capabilities?: string
  readonly options?: readonly string[]
  readonly pack?: Buffer
}

/** @see gitprotocol-pack(5), "Reference Update Request and Packfile Transfer" */
export function pushBody(push: RawPush): Buffer {
  const capabilities = push.capabilities ?? REPORTING
  const lines = push.updates.map((update, i) =>
    pktLine(
      `${update.old ?? ZERO} ${update.new ?? ZERO} ${update.ref}${i === 0 ? `\0${capabilities}` : ''}\n`,
    ),
  )
  const options = push.options ? [...push.options.map((option) => pktLine(option)), FLUSH] : []
  return Buffer.concat([...lines, FLUSH, ...options, push.pack ?? Buffer.alloc(0)])
}

/** A protocol v2 request. @see gitprotocol-v2(5), "Command Request" */
export function commandBody(command: string, args: readonly string[]): Buffer {
  const head = [pktLine(`command=${command}\n`), pktLine('object-format=sha1')]
  return Buffer.concat([...head, DELIM, ...args.map((arg) => pktLine(`${arg}\n`)), FLUSH])
}

/** What the three bands carried, and how many empty packets came between. */
export function readBands(body: Buffer) {
  const bands: Record<number, Buffer[]> = { 1: [], 2: [], 3: [] }
  let keepAlives = 0
  for (let packet = takePacket(body); packet !== null; packet = takePacket(packet.rest)) {
    if (packet.kind !== 'data') continue
    const [band = 0] = packet.payload
    if (packet.payload.length === 1) keepAlives++
    bands[band]?.push(packet.payload.subarray(1))
  }
  const [data = [], progress = [], fatal = []] = [bands[1], bands[2], bands[3]]
  return {
    report: readLines(Buffer.concat(data)),
    progress: Buffer.concat(progress).toString(),
    fatal: Buffer.concat(fatal).toString(),
    keepAlives,
  }
}

/** The text of each packet up to the end. */
export function readLines(body: Buffer): string[] {
  const lines: string[] = []
  for (let packet = takePacket(body); packet !== null; packet = takePacket(packet.rest)) {
    if (packet.kind === 'data') lines.push(lineOf(packet.payload))
  }
  return lines
}
