/**
 * One request to the API of a forge, whose address an owner has named. Nothing is believed: the address is checked
 * and pinned, redirects are answers, and time, headers and body are bounded.
 */
import { request as httpRequest, type ClientRequest, type IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { isIPv6, type LookupFunction } from 'node:net'
import { isPublicAddress } from '../../../http/outbound/address-ranges.ts'
import { DeadlineExceeded } from '../../../http/outbound/deadline.ts'
import { reasonOf } from '../../../http/outbound/failure-reason.ts'
import type { OutboundGuard } from '../../../http/outbound/outbound-guard.ts'
import { AppError } from '../../../kernel/errors.ts'
import { addressOf } from '../open-remote.ts'

export interface ForgeCall {
  readonly method: 'GET' | 'POST' | 'DELETE'
  readonly url: URL
  readonly headers: Readonly<Record<string, string>>
  readonly body: object | null
  /** PEM; `null`: the authorities of the system. */
  readonly ca: string | null
}

export type ForgeAnswer =
  /** `json`: null where the body is none. */
  | { readonly kind: 'answered'; readonly status: number; readonly json: unknown }
  /** `reason`: in fixed words. `isSent`: the forge may have done what was asked. */
  | { readonly kind: 'failed'; readonly reason: string; readonly isSent: boolean }

export interface ForgeExchangeParts {
  readonly guard: Pick<OutboundGuard, 'check'>
}

const DEADLINE_MS = 15_000
const MAX_BODY_BYTES = 1024 * 1024
const MAX_HEADER_BYTES = 16 * 1024

/** @throws AppError `OUTBOUND_REFUSED`; whatever else happens is an answer */
export async function askForge(
  { guard }: ForgeExchangeParts,
  call: ForgeCall,
  signal?: AbortSignal,
): Promise<ForgeAnswer> {
  const late = AbortSignal.timeout(DEADLINE_MS)
  let isSent = false
  try {
    const address = await addressOf(guard, { kind: 'https', host: call.url.host, url: call.url })
    checkPlain(call.url, address)
    const request = start(call, address, signal ? AbortSignal.any([signal, late]) : late)
    request.on('socket', (socket) => {
      socket.once(call.url.protocol === 'https:' ? 'secureConnect' : 'connect', () => void (isSent = true))
    })
    return await answerOf(request)
  } catch (err) {
    if (err instanceof AppError && err.code === 'OUTBOUND_REFUSED') throw err
    return { kind: 'failed', reason: reasonOf(late.aborted ? new DeadlineExceeded() : err), isSent }
  }
}

/** The token travels readable by anybody on the way: within the operator's own networks at most. */
function checkPlain({ protocol }: URL, address: string): void {
  if (protocol !== 'http:' || !isPublicAddress(address)) return
  const reason = 'the API of a public forge is asked by https only'
  throw new AppError('OUTBOUND_REFUSED', { details: { reason } })
}

function start({ method, url, headers, body, ca }: ForgeCall, address: string, signal: AbortSignal) {
  const bytes = body === null ? '' : JSON.stringify(body)
  const request = (url.protocol === 'https:' ? httpsRequest : httpRequest)(url, {
    method,
    agent: false,
    lookup: pinnedTo(address),
    headers: {
      ...headers,
      ...(body !== null && {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(bytes),
      }),
    },
    maxHeaderSize: MAX_HEADER_BYTES,
    signal,
    ...(ca === null ? {} : { ca }),
  })
  request.end(bytes)
  return request
}

function pinnedTo(address: string): LookupFunction {
  const family = isIPv6(address) ? 6 : 4
  return (_host, options, done) => {
    if (options.all) done(null, [{ address, family }])
    else done(null, address, family)
  }
}

function answerOf(request: ClientRequest): Promise<ForgeAnswer> {
  return new Promise((resolve, reject) => {
    request.on('error', reject)
    request.on('response', (response) => readAnswer(response).then(resolve, reject))
  })
}

async function readAnswer(response: IncomingMessage): Promise<ForgeAnswer> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > MAX_BODY_BYTES) break // leaving the loop ends the connection
    chunks.push(chunk)
  }
  const json = bytes > MAX_BODY_BYTES ? null : parseJson(Buffer.concat(chunks).toString())
  return { kind: 'answered', status: response.statusCode ?? 0, json }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
