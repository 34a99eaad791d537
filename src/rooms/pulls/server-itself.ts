/** The server as the writer of refs that it keeps for itself. */
import type { Writer } from '../../kernel/api-push.ts'
import { INTERNAL } from '../../kernel/principal.ts'
import type { Repository } from '../../kernel/repository.ts'

export function serverItself(repo: Repository): Writer {
  const { id, orgId, orgSlug, slug, visibility } = repo
  const resource = { id, orgId, orgSlug, slug, visibility, surface: false, role: null }
  return { repo, resource, principal: INTERNAL, agentId: null }
}
