/**
 * The AURA network as this server sees it: takes posts, answers for integrations, and fails or dies on order.
 */
import { openReceiver, type Behaving, type Receiver } from './receiver.ts'

export interface Post {
  readonly pushId: string
  readonly commitIds: readonly string[]
  readonly agentId: string | null
  readonly metadata: {
    readonly repo: string
    readonly branch: string
    readonly commits: readonly { readonly sha: string; readonly message: string }[]
  }
}

export interface AuraStandIn extends AsyncDisposable {
  readonly settings: Readonly<Record<string, string>>
  readonly receiver: Receiver
  /** What it answers for an organisation, by its id; absent: 404. */
  readonly integrations: Map<string, Behaving | readonly unknown[]>
  /** How it takes posts from now on, one request each; the last one is repeated. At first: 200. */
  behave(...behaviours: readonly [Behaving, ...Behaving[]]): void
  /** The next post that comes in, whatever it is answered. */
  nextPost(): Promise<Post>
}

const INTEGRATIONS = /^\/internal\/orgs\/([^/]+)\/integrations$/

export async function openAura(): Promise<AuraStandIn> {
  const receiver = await openReceiver()
  const integrations: AuraStandIn['integrations'] = new Map()
  let script: readonly Behaving[] = [{ status: 200, body: '{}' }]
  const takePost: Behaving = (request) => {
    const [first, ...rest] = script
    if (rest.length > 0) script = rest
    return typeof first === 'function' ? first(request) : first!
  }
  receiver.behave((request) => {
    const org = INTEGRATIONS.exec(request.url)?.[1]
    const answer = org === undefined ? takePost : (integrations.get(org) ?? { status: 404 })
    if (Array.isArray(answer)) return { status: 200, body: JSON.stringify(answer) }
    const behaving = answer as Behaving
    return typeof behaving === 'function' ? behaving(request) : behaving
  })
  return {
    settings: { AURA_NETWORK_URL: receiver.url },
    receiver,
    integrations,
    behave: (...behaviours) => {
      script = behaviours
    },
    nextPost: async () => {
      for (;;) {
        const { method, body } = await receiver.next()
        if (method === 'POST') return JSON.parse(body) as Post
      }
    },
    [Symbol.asyncDispose]: () => receiver[Symbol.asyncDispose](),
  }
}
