/** One request to an upstream over a connection that is kept for the next one: bounded in size and in time. */
import { Agent, request, type RequestOptions } from 'node:https'
import type { ClientRequest, IncomingMessage } from 'node:http'
import { isIP, type LookupFunction } from 'node:net'
import type { SecureContext } from 'node:tls'
import { basicCredential } from './https-access.ts'
import type { HttpsRemote } from './upstream-remote.ts'

export interface ExchangeLimits {
  readonly connectMs: number
  readonly idleMs: number
  readonly maxBytes: number
}

export interface Question {
  /** Behind the URL of the repository. */
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  /** It is asked by POST; without it by GET. */
  readonly body?: Buffer
}

export interface Answer {
  readonly status: number
  readonly contentType: string
  readonly body: Buffer
}

/** The upstream did not answer within a limit. */
export class TooSilent extends Error {}
/** The answer is larger than it may be. */
export class TooLarge extends Error {}
/** A connection that was kept had ended meanwhile: another one may do. */
export class KeptTooLong extends Error {}

/** How long an idle connection is kept. */
const KEEP_MS = 30_000
/** Some servers only speak git to clients that call themselves so. */
const USER_AGENT = 'git/sluice'

/** Connects to the one address. @param trust authorities whose certificates are good */
export function openAgent(remote: HttpsRemote, trust: SecureContext): Agent {
  const host = remote.url.hostname.replace(/^\[|\]$/g, '')
  return new Agent({
    keepAlive: true,
    timeout: KEEP_MS,
    secureContext: trust,
    rejectUnauthorized: true,
    lookup: pinnedTo(remote.address),
    ...(isIP(host) === 0 ? { servername: host } : {}),
  })
}

/**
 * Redirects are answers, and not followed.
 *
 * @throws TooSilent, TooLarge, KeptTooLong; what Node's client throws; the reason of `signal`
 */
export async function exchange(
  agent: Agent,
  remote: HttpsRemote,
  question: Question,
  limits: ExchangeLimits,
  signal?: AbortSignal,
): Promise<Answer> {
  const options: RequestOptions = {
    agent,
    method: question.body ? 'POST' : 'GET',
    headers: {
      ...question.headers,
      authorization: `Basic ${basicCredential(remote)}`,
      'user-agent': USER_AGENT,
      'accept-encoding': 'identity',
      ...(question.body ? { 'content-length': question.body.length } : {}),
    },
    ...(signal ? { signal } : {}),
  }
  const asked = request(`${remote.url.href}${question.path}`, options)
  limitTime(asked, limits)
  try {
    const response = await responseTo(asked, question.body)
    const body = await bodyOf(response, limits.maxBytes)
    return { status: response.statusCode ?? 0, contentType: response.headers['content-type'] ?? '', body }
  } catch (err) {
    asked.destroy()
    signal?.throwIfAborted()
    const { code } = err as NodeJS.ErrnoException
    throw asked.reusedSocket && (code === 'ECONNRESET' || code === 'EPIPE') ? new KeptTooLong() : err
  }
}

function responseTo(asked: ClientRequest, body: Buffer | undefined): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    asked.once('response', resolve).on('error', reject)
    asked.end(body)
  })
}

async function bodyOf(response: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > maxBytes) throw new TooLarge()
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

/** Until the handshake is done the one limit holds, then the other for every silence. */
function limitTime(asked: ClientRequest, { connectMs, idleMs }: ExchangeLimits): void {
  const giveUp = () => void asked.destroy(new TooSilent())
  asked.setTimeout(idleMs, giveUp)
  asked.once('socket', (socket) => {
    if (asked.reusedSocket) return
    const timer = setTimeout(giveUp, connectMs)
    const stop = () => clearTimeout(timer)
    socket.once('secureConnect', stop).once('close', stop)
  })
}

function pinnedTo(address: string): LookupFunction {
  const family = isIP(address)
  return (_host, options, done) => {
    if (options.all) done(null, [{ address, family }])
    else done(null, address, family)
  }
}
