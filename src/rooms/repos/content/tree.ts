/** `GET /repos/{org}/{repo}/tree/{ref}` and `GET /repos/{org}/{repo}/tree/{ref}/{*path}`. */
import { z } from 'zod'
import type { LastCommits } from '../../../git/objects/last-commits.ts'
import { listFilesBelow, listTree, type Listing } from '../../../git/objects/list-tree.ts'
import type { StoredObjects } from '../../../git/objects/stored-objects.ts'
import { isFresh, revisionEtag } from '../../../http/conditional.ts'
import { asOwnJson } from '../../../http/own-json.ts'
import {
  accessBelow,
  REPOSITORY_PREFIX,
  RepositoryParams,
  type FindDeleted,
} from '../../../http/repository-routes.ts'
import { failures, type ZodApp } from '../../../http/zod-app.ts'
import type { RepoHandle } from '../../../kernel/repository.ts'
import { directoryAt, type ContentParts, type DirectoryAt } from './content-at.ts'
import { withLastCommits } from './entries-with-commits.ts'
import { TreeEntryJson, toTreeEntryJson } from './tree-json.ts'

/** Of a recursive list. */
const MAX_ENTRIES = 100_000

const Flag = z
  .enum(['true', 'false'])
  .default('false')
  .transform((text) => text === 'true')

const Query = z
  .object({
    recursive: Flag.meta({
      description: `files and submodules at any depth; after ${MAX_ENTRIES} the header \`X-Truncated: true\` says that there are more`,
    }),
    lastCommit: Flag.meta({ description: 'adds the commit that last touched each entry' }),
  })
  .refine((query) => !(query.recursive && query.lastCommit), {
    path: ['lastCommit'],
    error: 'cannot be had together with recursive',
  })

type Query = z.output<typeof Query>

export interface TreeParts extends ContentParts {
  readonly objects: Pick<StoredObjects, 'commit' | 'tree' | 'info'>
  readonly lastCommits: Pick<LastCommits, 'of'>
  readonly findDeleted: FindDeleted
}

export function treeRoute(app: ZodApp, parts: TreeParts): void {
  app.get(
    `${REPOSITORY_PREFIX}/tree/*`,
    {
      config: { access: accessBelow('read', parts.findDeleted) },
      schema: {
        summary: 'List a directory',
        tags: ['content'],
        params: RepositoryParams.extend({
          '*': z.string().meta({ description: '`{ref}`, or `{ref}/{path}`: the longest ref there is' }),
        }),
        querystring: Query,
        response: { 200: z.array(TreeEntryJson), 304: z.null(), ...failures(400, 401, 404, 410, 429) },
      },
    },
    async (request, reply) => {
      const { params, query } = request
      const { repo } = request.found
      const at = await directoryAt(parts, repo, params['*'])
      if (isFresh(request, reply, etagOf(at, query))) return reply.code(304).send(null)
      const listing = await list(parts, repo, at, query)
      if (listing.truncated) reply.header('x-truncated', 'true')
      if (!query.lastCommit) return asOwnJson(reply).send(listing.entries.map(toTreeEntryJson))
      const { entries, isWhole } = await withLastCommits(parts, repo, at, listing.entries)
      if (!isWhole) reply.removeHeader('etag').header('cache-control', 'no-store')
      return asOwnJson(reply).send(entries)
    },
  )
}

function list(
  parts: TreeParts,
  repo: RepoHandle,
  { tree, path }: DirectoryAt,
  query: Query,
): Promise<Listing> {
  return query.recursive
    ? listFilesBelow(parts.objects, repo, tree, path, MAX_ENTRIES)
    : listTree(parts.objects, repo, tree, path)
}

/** A directory that did not change is the same answer, unless its last commits are in it. */
function etagOf({ ref, oid, tree }: DirectoryAt, { recursive, lastCommit }: Query): string {
  if (lastCommit) return revisionEtag(ref, oid, 'last')
  const version = recursive ? `${tree}-deep` : tree
  return ref === oid ? `"${version}"` : `W/"${version}"`
}
