/** The REST API as typed calls. Which there are stands in methods.ts; how they are sent, in sender.ts. */
import type { AnswerOf, ArgumentsOf, CallOptions, Group, OperationName } from './call.ts'
import type { Clock, Credential } from './credential.ts'
import { followEvents, type EventsOptions, type StreamedEvent } from './events/follow-events.ts'
import { Listing } from './listing.ts'
import { METHODS } from './methods.ts'
import { OPERATIONS, type OperationTraits } from './operations.ts'
import { MAX_JSON_BYTES, readText } from './read-text.ts'
import { type Arguments, requestOf } from './request.ts'
import { DEFAULT_RETRY, pause, type RetryPolicy } from './retry.ts'
import { Sender } from './sender.ts'
import { SluiceError } from './sluice-error.ts'

export interface SluiceClientOptions {
  /** http or https, e.g. `https://git.example.test`. The credential goes there and nowhere else. */
  readonly baseUrl: string | URL
  /** A token as it is, or where to take one from, such as `cache.for(audience, action)`. Absent: nobody. */
  readonly credential?: string | Credential
  readonly retry?: Partial<RetryPolicy>
  readonly fetch?: typeof fetch
  readonly clock?: Clock
  /** How to wait; a test may have no time. */
  readonly pause?: typeof pause
}

export class SluiceClient {
  readonly server: Group<typeof METHODS.server>
  readonly oauth: Group<typeof METHODS.oauth>
  readonly tokens: Group<typeof METHODS.tokens>
  readonly accounts: Group<typeof METHODS.accounts>
  /** Of machines to the identities of workloads. */
  readonly bindings: Group<typeof METHODS.bindings>
  /** Of organisations. */
  readonly members: Group<typeof METHODS.members>
  readonly repos: Group<typeof METHODS.repos>
  /** By id, which outlives every new name. */
  readonly reposById: Group<typeof METHODS.reposById>
  readonly hooks: Group<typeof METHODS.hooks>
  readonly orgHooks: Group<typeof METHODS.orgHooks>
  readonly branches: Group<typeof METHODS.branches>
  readonly tags: Group<typeof METHODS.tags>
  readonly commits: Group<typeof METHODS.commits>
  readonly files: Group<typeof METHODS.files>
  readonly pulls: Group<typeof METHODS.pulls>
  readonly protections: Group<typeof METHODS.protections>
  readonly mirrors: Group<typeof METHODS.mirrors>
  readonly upstream: Group<typeof METHODS.upstream>
  readonly scan: Group<typeof METHODS.scan>
  readonly approvals: Group<typeof METHODS.approvals>
  readonly collaborators: Group<typeof METHODS.collaborators>
  readonly admin: Group<typeof METHODS.admin>
  readonly #base: string
  readonly #sender: Sender
  readonly #pause: typeof pause

  /** @throws TypeError for a `baseUrl` that is no http address */
  constructor(options: SluiceClientOptions) {
    this.#base = baseOf(options.baseUrl)
    this.#sender = new Sender(senderParts(options, new URL(this.#base).origin))
    this.#pause = options.pause ?? pause
    this.server = this.#group(METHODS.server)
    this.oauth = this.#group(METHODS.oauth)
    this.tokens = this.#group(METHODS.tokens)
    this.accounts = this.#group(METHODS.accounts)
    this.bindings = this.#group(METHODS.bindings)
    this.members = this.#group(METHODS.members)
    this.repos = this.#group(METHODS.repos)
    this.reposById = this.#group(METHODS.reposById)
    this.hooks = this.#group(METHODS.hooks)
    this.orgHooks = this.#group(METHODS.orgHooks)
    this.branches = this.#group(METHODS.branches)
    this.tags = this.#group(METHODS.tags)
    this.commits = this.#group(METHODS.commits)
    this.files = this.#group(METHODS.files)
    this.pulls = this.#group(METHODS.pulls)
    this.protections = this.#group(METHODS.protections)
    this.mirrors = this.#group(METHODS.mirrors)
    this.upstream = this.#group(METHODS.upstream)
    this.scan = this.#group(METHODS.scan)
    this.approvals = this.#group(METHODS.approvals)
    this.collaborators = this.#group(METHODS.collaborators)
    this.admin = this.#group(METHODS.admin)
  }

  /** Any operation by its name in the OpenAPI document. @throws SluiceError */
  call<Name extends OperationName>(
    name: Name,
    args: ArgumentsOf<Name>,
    options?: CallOptions,
  ): AnswerOf<Name> {
    const traits: OperationTraits = OPERATIONS[name]
    const answer =
      traits.answer === 'list' ? this.#list(name, args, options) : this.#value(name, args, options)
    return answer as AnswerOf<Name>
  }

  /**
   * The answer as it came, with its headers; 304 where `if-none-match` was sent.
   *
   * @throws SluiceError
   */
  async respond<Name extends OperationName>(
    name: Name,
    args: ArgumentsOf<Name>,
    { signal, headers }: CallOptions = {},
  ): Promise<Response> {
    return this.#sender.send(requestOf(this.#base, name, args as Arguments, headers), signal)
  }

  /**
   * What happens, as it happens: from now, or from `since` on, until `signal` aborts or nobody reads any
   * more. Lost connections are made anew; each event comes once, in the order of the log.
   *
   * @throws SluiceError while reading; TypeError for a `repo` that is no name
   */
  events({ repo, types, ...options }: EventsOptions = {}): AsyncGenerator<StreamedEvent, void, undefined> {
    const eventType = types === undefined ? undefined : types.join(',')
    const [org = '', name = '', ...rest] = repo?.split('/') ?? []
    if (repo !== undefined && (name === '' || rest.length > 0)) throw new TypeError('repo: not <org>/<name>')
    const open = (since: string | undefined, signal: AbortSignal) => {
      const query = { eventType, since }
      const call = { signal, headers: { accept: 'text/event-stream' } }
      if (repo === undefined) return this.respond('GET /events', { query }, call)
      return this.respond('GET /repos/{org}/{repo}/events/stream', { org, repo: name, query }, call)
    }
    return followEvents({ open, pause: this.#pause }, options)
  }

  async #value<Name extends OperationName>(name: Name, args: ArgumentsOf<Name>, options?: CallOptions) {
    const response = await this.respond(name, args, options)
    if (OPERATIONS[name].answer === 'stream') return response
    if (response.status === 204) return undefined
    return readJson(response, options?.signal)
  }

  #list<Name extends OperationName>(name: Name, args: ArgumentsOf<Name>, options?: CallOptions) {
    const { query, ...others } = args as Arguments
    return new Listing((cursor) => {
      const { offset, ...onNextPages } = query ?? {}
      const onPage = cursor === undefined ? { offset, ...onNextPages } : { ...onNextPages, cursor }
      return this.respond(name, { ...others, query: onPage } as ArgumentsOf<Name>, options)
    })
  }

  #group<Names extends Readonly<Record<string, OperationName>>>(names: Names): Group<Names> {
    const methods = Object.entries(names).map(([key, name]) => [
      key,
      (args: ArgumentsOf<OperationName> = {} as never, options?: CallOptions) =>
        this.call(name, args, options),
    ])
    return Object.fromEntries(methods) as Group<Names>
  }
}

function baseOf(baseUrl: string | URL): string {
  const { protocol, origin, pathname, username, password } = new URL(baseUrl)
  if (protocol !== 'https:' && protocol !== 'http:') throw new TypeError('baseUrl: not an http address')
  if (username !== '' || password !== '') throw new TypeError('baseUrl: a credential does not belong there')
  return (origin + pathname).replace(/\/+$/, '')
}

function senderParts(options: SluiceClientOptions, origin: string) {
  const { credential = null, clock = Date, pause, retry } = options
  const fixed = (token: string): Credential => ({ token: async () => token, invalidate: async () => {} })
  return {
    origin,
    credential: typeof credential === 'string' ? fixed(credential) : credential,
    isRenewable: credential !== null && typeof credential !== 'string',
    retry: { ...DEFAULT_RETRY, ...retry },
    // a page's fetch wants the page as its `this`
    fetch: options.fetch ?? ((url: string | URL | Request, init?: RequestInit) => fetch(url, init)),
    clock,
    ...(pause ? { pause } : {}),
  }
}

/** An empty text is an answer of its own, as of `/oauth/revoke`, unless it should have been JSON. */
async function readJson(response: Response, signal: AbortSignal | undefined): Promise<unknown> {
  try {
    const text = await readText(response, MAX_JSON_BYTES)
    const isJson = /\bjson\b/.test(response.headers.get('content-type') ?? '')
    return text === '' && !isJson ? text : JSON.parse(text)
  } catch (cause) {
    signal?.throwIfAborted()
    throw new SluiceError('MALFORMED_ANSWER', 'not JSON, or cut short', { status: response.status, cause })
  }
}
