/** What the log says of keys at forges. Never a key: its fingerprint and where it was registered. */
import type { NewEvent } from '../../kernel/events.ts'
import type { Trx } from '../database.ts'
import type { Actor } from '../log/events.ts'
import { readRepository } from '../read-repository.ts'
import type { DeployKey } from './deploy-key-rows.ts'

/** The server itself, as an actor. */
export const SERVER: Actor = { actorId: null, agentId: null }

/** The repository may be gone: its keys are removed all the same. */
export async function deployKeyEvent(
  trx: Trx,
  key: Pick<DeployKey, 'repoId' | 'provider' | 'fingerprint' | 'remotePath' | 'title'>,
  type: 'key_removed' | 'key_removal_failed',
  data: object = {},
): Promise<NewEvent> {
  const repo = await readRepository(trx, key.repoId)
  const { provider, fingerprint, remotePath, title } = key
  return {
    type: `upstream.${type}`,
    repoId: key.repoId,
    orgId: repo?.org_id ?? null,
    projectId: repo?.project_id ?? null,
    ...SERVER,
    targetId: key.repoId,
    data: { provider, repository: remotePath, title, fingerprint, ...data },
  }
}
