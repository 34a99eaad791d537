/** `GET /<npub>/<identifier>.git` and `/prs/<npub>/<identifier>.git`: pages for people, where git clients go on to `/info/refs`. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { AppError } from '../../../kernel/errors.ts'
import type { RepositoryAddress } from '../../../kernel/repository.ts'
import { parseNpub } from '../../../nostr/npub.ts'
import { PAGE_HEADERS } from './markup.ts'
import { missingPage, repositoryPage } from './repository-page.ts'
import { readShown, type ShownParts } from './shown-repository.ts'

export interface PageParts extends ShownParts {
  /** Of this server as others reach it, without a slash at the end. */
  readonly baseUrl: string
}

type Form = Extract<RepositoryAddress, { kind: 'nostr' }>['form']

/** Only what begins like a key: other addresses of two segments stay with whom they belong to. */
const PLACE = '/:npub(^npub1[a-z0-9]+$)/:file'
const SUFFIX = '.git'

export async function graspPages(app: FastifyInstance, parts: PageParts): Promise<void> {
  for (const [path, form] of [
    [PLACE, 'announced'],
    [`/prs${PLACE}`, 'contributed'],
  ] as const) {
    const access = {
      kind: 'repository',
      action: 'read',
      address: addressIn(form),
      withoutRefs: true,
    } as const
    const route = { config: { access }, schema: { hide: true }, errorHandler: missing }
    app.get(path, route, async ({ found }, reply) => {
      const shown = await readShown(parts, found.repo)
      if (shown === null) throw new AppError('REPO_NOT_FOUND')
      return reply.headers(PAGE_HEADERS).send(repositoryPage(shown, parts.baseUrl))
    })
  }
}

function addressIn(form: Form) {
  return (request: FastifyRequest): RepositoryAddress => {
    const { npub = '', file = '' } = request.params as { npub?: string; file?: string }
    const identifier = file.endsWith(SUFFIX) ? file.slice(0, -SUFFIX.length) : ''
    return { kind: 'nostr', owner: parseNpub(npub) ?? '', identifier, form }
  }
}

/** Other failures are answered as everywhere. */
function missing(error: Error, _request: FastifyRequest, reply: FastifyReply): void {
  if (!(error instanceof AppError) || error.status !== 404) throw error
  void reply.code(404).headers(PAGE_HEADERS).send(missingPage())
}
