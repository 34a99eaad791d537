/** Where the API of a forge is, and what it calls the repository of an upstream. */
import { AppError } from '../../../kernel/errors.ts'
import type { UpstreamUrl } from '../../../kernel/upstream/upstream-url.ts'
import type { DeployKeyProvider } from '../../../store/upstreams/deploy-key-rows.ts'

const GITHUB_HOSTS = new Set(['github.com', 'ssh.github.com'])

/**
 * Root of the API; calls append `/repos/…`.
 *
 * @param given `null`: it is at the host of the upstream, where this sort of forge has it
 * @see Gitea: "API Usage"; GitHub: "Getting started with the REST API", and for GitHub Enterprise Server `/api/v3`
 */
export function apiRoot(provider: DeployKeyProvider, given: string | null, { host }: UpstreamUrl): string {
  const base = (given ?? defaultBase(provider, host)).replace(/\/+$/, '')
  return provider === 'github' || base.endsWith('/api/v1') ? base : `${base}/api/v1`
}

function defaultBase(provider: DeployKeyProvider, host: string): string {
  if (provider !== 'github') return `https://${host}`
  return GITHUB_HOSTS.has(host) ? 'https://api.github.com' : `https://${host}/api/v3`
}

/**
 * `<owner>/<name>`
 *
 * @throws AppError `UNPROCESSABLE`: a key is of no use there, or the path is of another form
 */
export function remotePathOf(upstream: UpstreamUrl): string {
  if (upstream.kind !== 'ssh') throw unusable('a deploy key is for upstreams over ssh')
  const segments = upstream.path
    .replace(/\.git$/, '')
    .split('/')
    .filter(Boolean)
  if (segments.length < 2 || segments.some((step) => step === '.' || step === '..'))
    throw unusable('the path of the upstream does not end in <owner>/<name>')
  return segments.slice(-2).join('/')
}

function unusable(reason: string): AppError {
  return new AppError('UNPROCESSABLE', { details: { reason } })
}
