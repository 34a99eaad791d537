/** `GET …/gitconfig`: for the git of an agent. */
import {
  accessBelow,
  REPOSITORY_PREFIX,
  RepositoryParams,
  type FindDeleted,
} from '../../../http/repository-routes.ts'
import { bytesOf, failures, type ZodApp } from '../../../http/zod-app.ts'
import { parseUpstreamUrl } from '../../../kernel/upstream/upstream-url.ts'
import type { Upstreams } from '../../../store/upstreams/upstreams.ts'
import { noUpstream } from '../declare/upstream-json.ts'
import { renderGitConfig } from './render-git-config.ts'

export interface ReadGitConfigParts {
  readonly upstreams: Pick<Upstreams, 'of'>
  readonly findDeleted: FindDeleted
  readonly publicBaseUrl: string
  /** Whether this server keeps bundles of repositories. */
  readonly offersBundles: boolean
}

export function readGitConfigRoute(
  app: ZodApp,
  { upstreams, findDeleted, publicBaseUrl, offersBundles }: ReadGitConfigParts,
): void {
  app.get(
    `${REPOSITORY_PREFIX}/gitconfig`,
    {
      config: { access: accessBelow('read', findDeleted, 'without refs') },
      schema: {
        summary: 'Git configuration by which remotes of the upstream go through this gate',
        tags: ['gate'],
        params: RepositoryParams,
        response: { 200: bytesOf('text/plain'), ...failures(401, 404, 410, 422, 429) },
      },
    },
    async ({ found: { repo } }, reply) => {
      const upstream = await upstreams.of(repo.id)
      if (upstream === null) throw noUpstream()
      const { url, userName: name, userEmail: email } = upstream
      const text = renderGitConfig({
        upstream: parseUpstreamUrl(url),
        cloneUrl: `${publicBaseUrl}/${repo.orgSlug}/${repo.slug}.git`,
        baseUrl: publicBaseUrl,
        user: name === null || email === null ? null : { name, email },
        offersBundles,
      })
      return reply.type('text/plain').send(text)
    },
  )
}
