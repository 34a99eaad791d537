/** The server as the writer of refs: of those that it keeps for itself, or that others have decided about. */
import type { Writer } from './api-push.ts'
import { INTERNAL, type Principal } from './principal.ts'
import type { Repository } from './repository.ts'

/** @param principal in whose name it writes: `UPSTREAM` and `SIGNED_STATE` are asked no policy */
export function serverItself(repo: Repository, principal: Principal = INTERNAL): Writer {
  const { id, orgId, orgSlug, slug, visibility } = repo
  const resource = { id, orgId, orgSlug, slug, visibility, surface: false, role: null }
  return { repo, resource, principal, agentId: null }
}
