/** A stand-in of Gitea, and of Forgejo: deploy keys as their API documents them. */
import { randomBytes } from 'node:crypto'
import { openStandIn, type StandIn, type StandInOptions } from './deploy-key-api.ts'

export interface Gitea extends StandIn {
  /** Manages the keys of its repositories. */
  readonly token: string
}

/** @see the Swagger document of Gitea: repoListKeys, repoCreateKey, repoDeleteKey; DEFAULT_PAGING_NUM, MAX_RESPONSE_ITEMS */
export async function openGitea(opts: StandInOptions = {}): Promise<Gitea> {
  const token = randomBytes(20).toString('hex')
  const standIn = await openStandIn(
    {
      prefix: '/api/v1',
      defaultPageSize: 30,
      pageSizeName: 'limit',
      maxPageSize: 50,
      refuse: ({ headers }) =>
        headers.authorization === `token ${token}`
          ? null
          : { status: 401, body: { message: 'token is required', url: '/api/swagger' } },
      shown: ({ id, title, key, readOnly }, url) => ({
        id,
        key_id: id + 1000,
        title,
        key,
        url: `${url}/${id}`,
        read_only: readOnly,
        created_at: '2026-01-01T00:00:00Z',
        repository: { full_name: 'acme/widgets' },
      }),
      taken: (what) => ({
        message:
          what === 'title'
            ? 'Key title has been used: a key with the same name already exists'
            : 'Key content has been used as non-deploy key',
        url: '/api/swagger',
      }),
    },
    opts,
  )
  return Object.assign(standIn, { token })
}
