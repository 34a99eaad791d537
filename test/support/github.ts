/** A stand-in of GitHub: deploy keys as its REST API documents them. */
import { randomBytes } from 'node:crypto'
import { openStandIn, type ForgeRequest, type StandIn, type StandInOptions } from './deploy-key-api.ts'

export interface GitHub extends StandIn {
  /** Manages the keys of its repositories. */
  readonly token: string
}

/** @see "REST API endpoints for deploy keys"; "Getting started": User-Agent and X-GitHub-Api-Version */
export async function openGitHub(opts: StandInOptions = {}): Promise<GitHub> {
  const token = `${'gh'}p_${randomBytes(18).toString('hex')}`
  const standIn = await openStandIn(
    {
      prefix: '',
      defaultPageSize: 30,
      pageSizeName: 'per_page',
      maxPageSize: 100,
      refuse: (request) => refuse(request, token),
      shown: ({ id, title, key, readOnly }, url) => ({
        id,
        key,
        url: `${url}/${id}`,
        title,
        verified: true,
        created_at: '2026-01-01T00:00:00Z',
        read_only: readOnly,
        added_by: 'octocat',
        last_used: null,
        enabled: true,
      }),
      // two keys may have one title there
      taken: (what) =>
        what === 'title'
          ? null
          : {
              message: 'Validation Failed',
              errors: [
                { resource: 'PublicKey', code: 'custom', field: 'key', message: 'key is already in use' },
              ],
              documentation_url: 'https://docs.github.com/rest/deploy-keys/deploy-keys#create-a-deploy-key',
              status: '422',
            },
    },
    opts,
  )
  return Object.assign(standIn, { token })
}

function refuse({ headers }: ForgeRequest, token: string) {
  if (headers['user-agent'] === undefined) return { status: 403, body: { message: 'Request forbidden' } }
  if (headers['x-github-api-version'] !== '2022-11-28')
    return { status: 400, body: { message: 'unsupported version' } }
  if (headers.authorization === `Bearer ${token}`) return null
  return { status: 401, body: { message: 'Bad credentials', status: '401' } }
}
