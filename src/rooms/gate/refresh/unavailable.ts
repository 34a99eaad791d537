/** What a reader is told when the upstream of a gate could not be asked: fixed words, whatever went wrong. */
import { AppError } from '../../../kernel/errors.ts'
import { isStorageFull } from '../../../kernel/storage-full.ts'
import { parseUpstreamUrl } from '../../../kernel/upstream/upstream-url.ts'
import type { Upstream } from '../../../store/upstreams/upstream.ts'

/** Its words are fixed, and meant for others. */
const TOLD = new Set(['UPSTREAM_UNAVAILABLE', 'OUTBOUND_REFUSED', 'UNAVAILABLE', 'OVERLOADED'])
const INTERNAL = 'an internal error; the log of the server has it'

export function reasonOf(err: unknown): string {
  if (isStorageFull(err)) return 'the storage of this server is full'
  if (!(err instanceof AppError) || !TOLD.has(err.code)) return INTERNAL
  const { reason } = (err.details ?? {}) as { reason?: unknown }
  return typeof reason === 'string' ? reason : err.message
}

/** Is it known to whoever reads the answer what it means? Else it is for the log. */
export function isExplained(err: unknown): boolean {
  return reasonOf(err) !== INTERNAL
}

/** @param lastRefreshAt milliseconds since 1970; `null`: never */
export function unavailable(
  err: unknown,
  upstream: Pick<Upstream, 'url'>,
  lastRefreshAt: number | null,
): AppError {
  const details = {
    reason: reasonOf(err),
    upstream: hostOf(upstream),
    lastRefreshAt: lastRefreshAt === null ? null : new Date(lastRefreshAt).toISOString(),
  }
  return new AppError('UPSTREAM_UNAVAILABLE', { details, cause: err })
}

/** Without port, as it may be shown. */
export function hostOf({ url }: Pick<Upstream, 'url'>): string {
  const parsed = parseUpstreamUrl(url)
  return parsed.kind === 'ssh' ? parsed.host : parsed.url.hostname
}
