/** The calls about webhooks of one owner: a repository, or an organisation. */
import { InvalidArgumentError } from 'commander'
import type { SluiceClient } from '../client/index.ts'
import type { Listing } from '../client/listing.ts'
import type { Delivery, Webhook, WebhookWithSecret } from '../client/operations.ts'
import { id, repositoryName, type RepositoryName } from './arguments.ts'

export type HookOwner = RepositoryName | { readonly org: string }

/** What a webhook asks for. */
export interface HookFields {
  readonly url?: string
  readonly eventTypes?: string[]
  readonly branches?: string[]
  readonly paths?: string[]
  readonly active?: boolean
}

export interface HookCalls {
  list(): PromiseLike<readonly Webhook[]>
  create(body: HookFields & { readonly url: string }): PromiseLike<WebhookWithSecret>
  get(id: string): PromiseLike<Webhook>
  update(id: string, body: HookFields): PromiseLike<Webhook>
  delete(id: string): PromiseLike<unknown>
  replaceSecret(id: string): PromiseLike<WebhookWithSecret>
  ping(id: string): PromiseLike<Delivery>
  deliveries(id: string, query: { limit: number; status?: Delivery['status'] }): Listing<Delivery>
  redeliver(id: string, deliveryId: string): PromiseLike<Delivery>
}

/** `<org>/<name>`, or `<org>` for an organisation. */
export function hookOwner(text: string): HookOwner {
  if (text.includes('/')) return repositoryName(text)
  try {
    return { org: id(text) }
  } catch {
    throw new InvalidArgumentError('A repository is named <org>/<name>, an organisation <org>.')
  }
}

export function hookCalls(client: SluiceClient, owner: HookOwner): HookCalls {
  return 'repo' in owner ? callsOf(client.hooks, owner) : callsOf(client.orgHooks, owner)
}

/** The calls of the client are the same for either owner, but for how they name him. */
interface HookGroup<Owner> {
  list(of: Owner): PromiseLike<readonly Webhook[]>
  create(of: Owner & { body: HookFields & { readonly url: string } }): PromiseLike<WebhookWithSecret>
  get(of: Owner & { id: string }): PromiseLike<Webhook>
  update(of: Owner & { id: string; body: HookFields }): PromiseLike<Webhook>
  delete(of: Owner & { id: string }): PromiseLike<unknown>
  replaceSecret(of: Owner & { id: string }): PromiseLike<WebhookWithSecret>
  ping(of: Owner & { id: string }): PromiseLike<Delivery>
  deliveries(
    of: Owner & { id: string; query: { limit: number; status?: Delivery['status'] } },
  ): Listing<Delivery>
  redeliver(of: Owner & { id: string; deliveryId: string }): PromiseLike<Delivery>
}

function callsOf<Owner extends HookOwner>(hooks: HookGroup<Owner>, owner: Owner): HookCalls {
  return {
    list: () => hooks.list(owner),
    create: (body) => hooks.create({ ...owner, body }),
    get: (id) => hooks.get({ ...owner, id }),
    update: (id, body) => hooks.update({ ...owner, id, body }),
    delete: (id) => hooks.delete({ ...owner, id }),
    replaceSecret: (id) => hooks.replaceSecret({ ...owner, id }),
    ping: (id) => hooks.ping({ ...owner, id }),
    deliveries: (id, query) => hooks.deliveries({ ...owner, id, query }),
    redeliver: (id, deliveryId) => hooks.redeliver({ ...owner, id, deliveryId }),
  }
}
