/**
 * Bundles under every address by which git knows a repository, for whoever may fetch from it: the list behind
 * `git clone --bundle-uri`, and the files. The `bundle-uri` command of protocol v2 is of the transport.
 */
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Bundles } from '../../git/bundles/bundles.ts'
import { writeBundleConfig } from '../../git/wire/bundle-uri.ts'
import type { RepositoryAccess } from '../../http/route-config.ts'
import type { RepositoryAddress } from '../../kernel/repository.ts'
import { BUNDLES_PATH, offeredAt } from './offered.ts'
import { readBundle, type ReadBundleParts } from './read-bundle.ts'

export interface BundleRoutesParts extends ReadBundleParts {
  readonly bundles: Pick<Bundles, 'find' | 'toOffer'>
  readonly publicBaseUrl: string
  /** How git names repositories. */
  readonly addressForms: readonly {
    readonly prefix: string
    readonly address: (params: Readonly<Record<string, string>>) => RepositoryAddress
  }[]
}

export async function bundleRoutes(app: FastifyInstance, parts: BundleRoutesParts): Promise<void> {
  for (const { prefix, address } of parts.addressForms) {
    const access: RepositoryAccess = {
      kind: 'repository',
      action: 'read',
      address: (request: FastifyRequest) => address(request.params as Record<string, string>),
    }
    app.get(
      `${prefix}/${BUNDLES_PATH}`,
      { config: { access: { ...access, withoutRefs: true }, errors: 'text' } }, // names say nothing of them
      async (request, reply) => {
        const { repo } = request.found
        const bundles = await parts.bundles.toOffer(repo)
        void reply.header('cache-control', 'no-cache').type('text/plain; charset=utf-8')
        return reply.send(
          writeBundleConfig(bundles.map((bundle) => offeredAt(parts.publicBaseUrl, repo, bundle))),
        )
      },
    )
    app.get(`${prefix}/${BUNDLES_PATH}/:name`, { config: { access, errors: 'text' } }, (request, reply) =>
      readBundle(parts, request, reply),
    )
  }
}
