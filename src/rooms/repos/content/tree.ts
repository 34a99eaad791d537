/** `GET /repos/{org}/{repo}/tree/{ref}` and `GET /repos/{org}/{repo}/tree/{ref}/{*path}`. */
import { z } from 'zod'
import type { GitReader, Reader } from '../../../git/git-reader.ts'
import type { LastCommits } from '../../../git/last-commits/last-commits.ts'
import { listFilesBelow, listTree } from '../../../git/objects/list-tree.ts'
import type { StoredObjects } from '../../../git/objects/stored-objects.ts'
import { isFresh, weakEtag } from '../../../http/conditional.ts'
import { sendJson } from '../../../http/own-json.ts'
import { readerOf } from '../../../http/reader.ts'
import {
  accessBelow,
  REPOSITORY_PREFIX,
  RepositoryParams,
  type FindDeleted,
} from '../../../http/repository-routes.ts'
import { failures, type ZodApp } from '../../../http/zod-app.ts'
import { directoryAt, type ContentParts, type DirectoryAt } from './content-at.ts'
import { withLastCommits } from './entries-with-commits.ts'
import type { KeptAnswer, KeptAnswers } from '../kept-answers.ts'
import { TreeEntryJson, toTreeEntryJson } from './tree-json.ts'

const MAX_ENTRIES = 100_000

const Flag = z
  .enum(['true', 'false'])
  .default('false')
  .transform((text) => text === 'true')

const Query = z
  .object({
    recursive: Flag.meta({
      description: 'files and submodules at any depth',
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
  readonly answers: KeptAnswers
  readonly reader: Pick<GitReader, 'place'>
  readonly findDeleted: FindDeleted
}

export function treeRoute(app: ZodApp, parts: TreeParts): void {
  app.get(
    `${REPOSITORY_PREFIX}/tree/*`,
    {
      config: { access: accessBelow('read', parts.findDeleted) },
      schema: {
        summary: 'List a directory',
        description: `After ${MAX_ENTRIES} entries, or 32 MiB of paths, the header \`X-Truncated: true\` says that there are more.`,
        tags: ['files'],
        params: RepositoryParams.extend({
          '*': z.string().meta({ description: '`{ref}`, or `{ref}/{path}`: the longest ref there is' }),
        }),
        querystring: Query,
        response: { 200: z.array(TreeEntryJson), 304: z.null(), ...failures(400, 401, 404, 410, 422, 429) },
      },
    },
    async (request, reply) => {
      const { repo } = request.found
      const at = await directoryAt(parts, repo, request.params['*'])
      const version = versionOf(at, request.query)
      const etag = at.ref === at.oid ? `"${version}"` : weakEtag(version)
      if (isFresh(request, reply, etag)) return reply.code(304).send(null)
      const question = `${repo.id} ${version} ${at.path}`
      const { body, truncated, keep } = await parts.answers.get(question, () => {
        return list(parts, readerOf(request, reply), at, request.query)
      })
      if (truncated) reply.header('x-truncated', 'true')
      if (!keep) reply.removeHeader('etag').header('cache-control', 'no-store')
      return sendJson(reply, body)
    },
  )
}

/** What the answer depends on, besides the path. Last commits are those of one commit, not of one directory. */
function versionOf({ oid, tree }: DirectoryAt, { recursive, lastCommit }: Query): string {
  if (lastCommit) return `${oid}-last`
  return recursive ? `${tree}-deep` : tree
}

/** Not to be kept when the search for last commits took too long. What may read a whole tree waits for its turn. */
async function list(
  parts: TreeParts,
  reader: Reader,
  at: DirectoryAt,
  { recursive, lastCommit }: Query,
): Promise<KeptAnswer & { readonly keep: boolean }> {
  using _place = recursive || lastCommit ? await parts.reader.place(reader) : null
  const { repo } = reader
  const { tree, path } = at
  const { entries, truncated } = recursive
    ? await listFilesBelow(parts.objects, repo, tree, path, MAX_ENTRIES)
    : await listTree(parts.objects, repo, tree, path, MAX_ENTRIES)
  const shown = lastCommit
    ? await withLastCommits(parts, repo, at, entries)
    : { entries: entries.map(toTreeEntryJson), isWhole: true, truncated: false }
  return {
    body: JSON.stringify(shown.entries),
    truncated: truncated || shown.truncated,
    keep: shown.isWhole,
  }
}
