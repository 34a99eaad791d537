/**
 * The AURA network: takes posts for its feed and knows what its organisations have integrated. What is posted,
 * and when, is known elsewhere.
 */
import { z } from 'zod'
import { AppError } from '../kernel/errors.ts'
import type { Clock } from '../kernel/ports.ts'
import { boundedFetch, type BoundedAnswer } from './bounded-fetch.ts'

/** The repository on GitHub that an organisation wants its pushes mirrored to. */
export interface GithubIntegration {
  readonly owner: string
  readonly repo: string
  /** Good for pushing there: never to be shown. */
  readonly token: string
}

export interface AuraNetworkParts {
  /** Without a slash at the end. */
  readonly url: string
  /** Value of `X-Internal-Token`. */
  readonly token: string
  readonly clock: Clock
}

type Asked = Promise<GithubIntegration | null>

/** How long an organisation is not asked about again, whether or not it has integrated anything. */
const KEPT_MS = 60_000
const MAX_KEPT = 1_000
const LIMITS = { timeoutMs: 10_000, maxBytes: 256 * 1024 }

const NAME = z.string().regex(/^(?!\.+$)[\w.-]{1,100}$/)
const TOKEN = z.string().regex(/^[\x21-\x7e]{1,1024}$/)

/** Of a list of everything that an organisation has integrated; other members and other kinds are passed over. */
const Github = z.object({
  integrationType: z.literal('github'),
  enabled: z.literal(true),
  config: z.object({ owner: NAME, repo: NAME, token: TOKEN }),
})

export class AuraNetwork {
  readonly #parts: AuraNetworkParts
  readonly #kept = new Map<string, { readonly asked: Asked; readonly at: number }>()

  constructor(parts: AuraNetworkParts) {
    this.#parts = parts
  }

  /** @throws Error when it did not answer; its text holds nothing that either side sent */
  post(post: object, signal: AbortSignal): Promise<BoundedAnswer> {
    return this.#ask('/internal/posts', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(post),
      signal,
    })
  }

  /**
   * The first GitHub repository that the organisation has integrated, switched on and given a token for.
   *
   * @returns `null`: none, or the network does not know the organisation
   * @throws AppError `UNAVAILABLE`
   */
  integrationsOf(orgId: string): Asked {
    const now = this.#parts.clock.now()
    const known = this.#kept.get(orgId)
    if (known && now - known.at < KEPT_MS) return known.asked
    const asked = this.#askIntegrations(orgId)
    this.#keep(orgId, { asked, at: now })
    asked.catch(() => {
      if (this.#kept.get(orgId)?.asked === asked) this.#kept.delete(orgId)
    })
    return asked
  }

  async #askIntegrations(orgId: string): Asked {
    const path = `/internal/orgs/${encodeURIComponent(orgId)}/integrations`
    const { status, text } = await this.#ask(path, {}).catch((cause: unknown) => {
      throw unavailable('the AURA network did not answer', cause)
    })
    if (status === 404) return null
    if (status !== 200) throw unavailable(`the AURA network answered ${status}`)
    return firstGithub(text)
  }

  #ask(path: string, init: Parameters<typeof boundedFetch>[1]): Promise<BoundedAnswer> {
    const { url, token } = this.#parts
    const headers = { accept: 'application/json', 'x-internal-token': token, ...init.headers }
    return boundedFetch(new URL(`${url}${path}`), { ...init, headers }, LIMITS)
  }

  #keep(orgId: string, asked: { readonly asked: Asked; readonly at: number }): void {
    this.#kept.delete(orgId)
    this.#kept.set(orgId, asked)
    const [oldest] = this.#kept.keys()
    if (this.#kept.size > MAX_KEPT && oldest !== undefined) this.#kept.delete(oldest)
  }
}

/** No cause: a parser quotes what it could not read, and there are tokens in it. */
function firstGithub(text: string): GithubIntegration | null {
  for (const integration of parseList(text)) {
    const github = Github.safeParse(integration)
    if (github.success) return github.data.config
  }
  return null
}

function parseList(text: string): readonly unknown[] {
  try {
    const list: unknown = JSON.parse(text)
    if (Array.isArray(list)) return list
  } catch {
    // as any other answer that is no list
  }
  throw unavailable('the AURA network answered with something else than a list of integrations')
}

function unavailable(reason: string, cause?: unknown): AppError {
  return new AppError('UNAVAILABLE', { details: { reason }, ...(cause === undefined ? {} : { cause }) })
}
