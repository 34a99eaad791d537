/** Lists the refs of upstreams over https without a git process, on connections that are kept. */
import { createHmac, randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { Agent } from 'node:https'
import { createSecureContext, type SecureContext } from 'node:tls'
import { LRUCache } from 'lru-cache'
import { AppError } from '../../kernel/errors.ts'
import {
  exchange,
  KeptTooLong,
  openAgent,
  TooLarge,
  TooSilent,
  type Answer,
  type ExchangeLimits,
  type Question,
} from './https-exchange.ts'
import { faultOfError, faultOfStatus } from './https-fault.ts'
import {
  parseAdvertisement,
  parseLsRefsAnswer,
  SaysError,
  writeLsRefs,
  type LsRefsOffer,
} from './upload-pack-answers.ts'
import { upstreamUnavailable, type UpstreamFault } from './upstream-fault.ts'
import type { UpstreamRefs } from './upstream-refs.ts'
import type { HttpsRemote } from './upstream-remote.ts'

/** What is known of one upstream. An agent that is let go of closes by itself what nobody uses. */
interface Known {
  agent: Agent
  /** `null`: not asked yet, or it speaks no v2. */
  offer: LsRefsOffer | null
}

const MAX_KNOWN = 256
const ADVERTISEMENT: Question = {
  path: '/info/refs?service=git-upload-pack',
  headers: { 'git-protocol': 'version=2', accept: '*/*' },
}
const ADVERTISED = 'application/x-git-upload-pack-advertisement'
const ANSWERED = 'application/x-git-upload-pack-result'

export class HttpsListing implements Disposable {
  readonly #limits: ExchangeLimits
  readonly #system: SecureContext
  readonly #key = randomBytes(32)
  readonly #known = new LRUCache<string, Known>({ max: MAX_KNOWN })

  constructor(limits: ExchangeLimits) {
    this.#limits = limits
    this.#system = createSecureContext(systemAuthorities())
  }

  /** @throws AppError `UPSTREAM_UNAVAILABLE`; the reason of `signal` */
  async listRefs(remote: HttpsRemote, signal?: AbortSignal): Promise<UpstreamRefs> {
    const known = this.#knownOf(remote)
    try {
      return (await this.#byOffer(known, remote, signal)) ?? (await this.#fromTheStart(known, remote, signal))
    } catch (err) {
      known.offer = null
      signal?.throwIfAborted()
      throw err instanceof AppError && err.code === 'UPSTREAM_UNAVAILABLE'
        ? err
        : upstreamUnavailable(faultOf(err), remote)
    }
  }

  [Symbol.dispose](): void {
    for (const { agent } of this.#known.values()) agent.destroy()
    this.#known.clear()
  }

  /** @returns `null` when what was remembered of the upstream holds no more, or nothing was */
  async #byOffer(known: Known, remote: HttpsRemote, signal?: AbortSignal): Promise<UpstreamRefs | null> {
    if (known.offer === null) return null
    const answer = await this.#ask(known, remote, lsRefs(known.offer), signal)
    const refs =
      answer.status === 200 && answer.contentType === ANSWERED ? await parseLsRefsAnswer(answer.body) : null
    if (refs === null) known.offer = null
    return refs
  }

  async #fromTheStart(known: Known, remote: HttpsRemote, signal?: AbortSignal): Promise<UpstreamRefs> {
    const answer = await this.#ask(known, remote, ADVERTISEMENT, signal)
    const advertised = await parseAdvertisement(bodyIn(answer, ADVERTISED, remote))
    if (advertised === null) throw upstreamUnavailable('notGit', remote)
    if (advertised.kind === 'refs') return advertised.refs
    known.offer = advertised.offer
    return await refsIn(await this.#ask(known, remote, lsRefs(known.offer), signal), remote)
  }

  /** A question that a kept connection swallowed is asked once more on a new one: it changes nothing there. */
  async #ask(known: Known, remote: HttpsRemote, question: Question, signal?: AbortSignal): Promise<Answer> {
    try {
      return await exchange(known.agent, remote, question, this.#limits, signal)
    } catch (err) {
      if (!(err instanceof KeptTooLong)) throw err
      known.agent = openAgent(remote, this.#trustOf(remote))
      return await exchange(known.agent, remote, question, this.#limits, signal)
    }
  }

  #knownOf(remote: HttpsRemote): Known {
    const facts = JSON.stringify([
      remote.url.href,
      remote.address,
      remote.username,
      remote.password,
      remote.ca,
    ])
    const id = createHmac('sha256', this.#key).update(facts).digest('hex')
    const known = this.#known.get(id)
    if (known !== undefined) return known
    const first = { agent: openAgent(remote, this.#trustOf(remote)), offer: null }
    this.#known.set(id, first)
    return first
  }

  /** @throws AppError `UPSTREAM_UNAVAILABLE`: the authority is no certificate */
  #trustOf(remote: HttpsRemote): SecureContext {
    if (remote.ca === null) return this.#system
    try {
      return createSecureContext({ ca: remote.ca })
    } catch {
      throw upstreamUnavailable('notTrusted', remote)
    }
  }
}

function lsRefs(offer: LsRefsOffer): Question {
  const headers = {
    'git-protocol': 'version=2',
    'content-type': 'application/x-git-upload-pack-request',
    accept: ANSWERED,
  }
  return { path: '/git-upload-pack', headers, body: writeLsRefs(offer) }
}

async function refsIn(answer: Answer, remote: HttpsRemote): Promise<UpstreamRefs> {
  const refs = await parseLsRefsAnswer(bodyIn(answer, ANSWERED, remote))
  if (refs === null) throw upstreamUnavailable('ended', remote)
  return refs
}

function bodyIn(answer: Answer, contentType: string, remote: HttpsRemote): Buffer {
  if (answer.status !== 200) throw upstreamUnavailable(faultOfStatus(answer.status), remote)
  if (answer.contentType !== contentType) throw upstreamUnavailable('notGit', remote)
  return answer.body
}

function faultOf(err: unknown): UpstreamFault {
  if (err instanceof TooSilent) return 'silent'
  if (err instanceof TooLarge) return 'tooBig'
  if (err instanceof SaysError) return 'saysError'
  return err instanceof AppError ? 'notGit' : faultOfError(err as NodeJS.ErrnoException)
}

/** Those that git goes by, too; Node has a list of its own. */
const BUNDLES = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/cert.pem',
]

function systemAuthorities(): { ca?: string } {
  for (const path of BUNDLES) {
    try {
      return { ca: readFileSync(path, 'utf8') }
    } catch {
      // this system keeps them elsewhere
    }
  }
  return {}
}
