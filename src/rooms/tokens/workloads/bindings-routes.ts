/** `/accounts/{id}/bindings`: which workloads of other issuers may act as a machine; for those who look after it. */
import type { FastifyInstance } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { actorOf } from '../../../http/actor.ts'
import { AccountId } from '../../../http/fields.ts'
import { linkNext, pageQuery } from '../../../http/pagination.ts'
import { failures, type ZodApp } from '../../../http/zod-app.ts'
import { AppError } from '../../../kernel/errors.ts'
import type { WorkloadBindings } from '../../../store/workload-bindings.ts'
import type { ManagedAccount } from '../accounts/managed-account.ts'
import { BindingJson, bindingJson, NewBinding } from './binding-json.ts'
import { createBinding, type CreateBindingParts } from './create-binding.ts'

const SIGNED_IN = { access: { kind: 'signed-in' } } as const
const PATH = '/accounts/:id/bindings'
const Params = z.object({ id: AccountId })

export interface BindingsParts extends CreateBindingParts {
  readonly bindings: Pick<WorkloadBindings, 'create' | 'list' | 'remove'>
  /** Machines only. */
  readonly managed: ManagedAccount
  readonly credentialsChanged: () => void
  readonly surfaceOrg: string
}

export async function bindingRoutes(bare: FastifyInstance, parts: BindingsParts): Promise<void> {
  const app = bare.withTypeProvider<ZodTypeProvider>()
  createRoute(app, parts)
  listRoute(app, parts)
  removeRoute(app, parts)
}

function createRoute(app: ZodApp, parts: BindingsParts): void {
  app.post(
    PATH,
    {
      config: SIGNED_IN,
      schema: {
        summary: 'Let workloads of an issuer in the settings act as a machine, without a secret',
        tags: ['accounts'],
        params: Params,
        body: NewBinding,
        response: { 201: BindingJson, ...failures(400, 401, 403, 404, 422, 429) },
      },
    },
    async (request, reply) => {
      const account = await parts.managed(request.principal, request.params.id)
      const binding = await createBinding(parts, account, request.body, {
        principal: request.principal,
        actor: actorOf(request),
      })
      reply.code(201).header('location', `${app.prefix}/accounts/${account.id}/bindings/${binding.id}`)
      return bindingJson(binding, parts.surfaceOrg)
    },
  )
}

function listRoute(app: ZodApp, { bindings, managed, surfaceOrg }: BindingsParts): void {
  app.get(
    PATH,
    {
      config: SIGNED_IN,
      schema: {
        summary: 'List which workloads may act as a machine, newest first',
        tags: ['accounts'],
        params: Params,
        querystring: z.object(pageQuery({ default: 50, max: 100 })),
        response: { 200: z.array(BindingJson), ...failures(400, 401, 403, 404, 429) },
      },
    },
    async (request, reply) => {
      const account = await managed(request.principal, request.params.id)
      const page = await bindings.list(account.id, request.query)
      linkNext(request, reply, page.nextCursor)
      return page.items.map((binding) => bindingJson(binding, surfaceOrg))
    },
  )
}

function removeRoute(app: ZodApp, { bindings, managed, credentialsChanged }: BindingsParts): void {
  app.delete(
    `${PATH}/:bindingId`,
    {
      config: SIGNED_IN,
      schema: {
        summary: 'Take a binding back; the tokens that came from it end by the next request',
        tags: ['accounts'],
        params: Params.extend({ bindingId: z.uuid().toLowerCase() }),
        response: { 204: z.null(), ...failures(400, 401, 403, 404, 429) },
      },
    },
    async (request, reply) => {
      const account = await managed(request.principal, request.params.id)
      const wasThere = await bindings.remove(account.id, request.params.bindingId, actorOf(request))
      if (!wasThere) throw new AppError('NOT_FOUND', { details: { reason: 'no such binding' } })
      credentialsChanged()
      return reply.code(204).send(null)
    },
  )
}
