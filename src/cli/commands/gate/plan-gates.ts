/** What applying a manifest would change, as the server says it; nothing is changed yet. */
import { SluiceError } from '../../../client/sluice-error.ts'
import type { SluiceClient } from '../../../client/sluice-client.ts'
import type { UpstreamPlan } from '../../../client/operations.ts'
import type { RepositoryName } from '../../arguments.ts'
import type { DeclaredGate } from './manifest.ts'

export interface PlannedGate {
  readonly where: RepositoryName
  /** `new`: the repository is made first. `removed`: it stays, and is no gate any more. */
  readonly result: 'new' | UpstreamPlan['result'] | 'removed'
  readonly changes: UpstreamPlan['changes']
}

/** What a server does not take of a gate. */
export interface RefusedGate {
  readonly where: RepositoryName
  readonly error: SluiceError
}

type Client = Pick<SluiceClient, 'repos' | 'upstream'>

/** @throws SluiceError that is about no gate in particular */
export async function planGate(
  client: Client,
  { where, declaration }: DeclaredGate,
): Promise<PlannedGate | RefusedGate> {
  try {
    const plan = await client.upstream.put({ ...where, query: { dryRun: 'true' }, body: declaration })
    if (!('changes' in plan)) throw new Error('the server has answered no plan')
    return { where, ...plan }
  } catch (error) {
    if (!(error instanceof SluiceError) || error.status === null || error.status >= 500) throw error
    if (error.status === 401) throw error
    return [404, 410].includes(error.status) ? asNew(where, declaration) : { where, error } // 410: it was deleted
  }
}

/** As far as it can be told before there is anything. */
function asNew(where: RepositoryName, { url, key, refresh }: DeclaredGate['declaration']): PlannedGate {
  const age = refresh === 'always' ? 0 : refresh.maxAgeMs
  const shown = { url, provider: key?.provider ?? null, maxAgeMs: String(age) }
  const changes = Object.entries(shown).map(([field, to]) => ({ field, from: null, to }))
  return { where, result: 'new', changes }
}

/** Gates of these organisations that nobody has declared. */
export async function planRemovals(
  client: Client,
  orgs: readonly string[],
  declared: readonly DeclaredGate[],
): Promise<readonly PlannedGate[]> {
  const names = new Set(declared.map(({ where }) => `${where.org}/${where.repo}`.toLowerCase()))
  const removed: PlannedGate[] = []
  for (const orgId of orgs)
    for await (const { orgSlug, slug } of client.repos.list({ query: { orgId, kind: 'gate' } }))
      if (!names.has(`${orgSlug}/${slug}`))
        removed.push({ where: { org: orgSlug, repo: slug }, result: 'removed', changes: [] })
  return removed
}
