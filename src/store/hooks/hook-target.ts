/** Webhooks as they are used: who asks for events, and with what secrets they are signed. */
import { sql, type Kysely } from 'kysely'
import type { RepoId } from '../../kernel/ids.ts'
import type { HookRow, Schema } from '../schema.ts'
import type { Seal } from '../secrets/seal.ts'
import { toHook, type Hook } from './hook.ts'

/** The repository that an event is about, as it is called now. */
export interface NamedRepository {
  readonly id: RepoId
  readonly org: string
  readonly name: string
}

export interface HookTarget {
  readonly hook: Hook
  /** The one that counts first; then the one that it has replaced, while that is valid. */
  readonly secrets: readonly string[]
}

/** Hooks that are switched on, of these repositories and organisations. One of a deleted repository is not. */
export async function hooksAsking(
  kysely: Kysely<Schema>,
  { repoIds, orgIds }: { readonly repoIds: readonly string[]; readonly orgIds: readonly string[] },
): Promise<Hook[]> {
  const rows = await usable(kysely)
    .where((eb) =>
      eb.or([
        ...(repoIds.length > 0 ? [eb('h.repo_id', 'in', repoIds)] : []),
        ...(orgIds.length > 0 ? [eb('h.org_id', 'in', orgIds)] : []),
      ]),
    )
    .execute()
  return rows.map(toHook)
}

/** @returns `null`: it is switched off, or gone, or its repository is. @throws Error: a secret cannot be opened */
export async function hookTarget(
  kysely: Kysely<Schema>,
  seal: Pick<Seal, 'open'>,
  id: string,
  now: number,
): Promise<HookTarget | null> {
  const row = await usable(kysely).where('h.id', '=', id).executeTakeFirst()
  return row ? { hook: toHook(row), secrets: secretsOf(row, seal, now) } : null
}

/** @returns `null`: it is gone, or has left the organisation whose hook asks: what it is called since is not for it */
export async function namedRepository(
  kysely: Kysely<Schema>,
  id: RepoId,
  { owner }: Pick<Hook, 'owner'>,
): Promise<NamedRepository | null> {
  const row = await kysely
    .selectFrom('repositories as r')
    .innerJoin('organizations as o', 'o.id', 'r.org_id')
    .select(['o.slug as org', 'r.slug as name'])
    .where('r.id', '=', id)
    .where(owner.kind === 'organisation' ? 'r.org_id' : 'r.id', '=', owner.id)
    .executeTakeFirst()
  return row ? { id, ...row } : null
}

function usable(kysely: Kysely<Schema>) {
  return kysely
    .selectFrom('hooks as h')
    .leftJoin('repositories as r', 'r.id', 'h.repo_id')
    .selectAll('h')
    .where('h.active', '=', 1)
    .where((eb) => eb.or([eb('h.repo_id', 'is', null), eb('r.state', '=', sql.lit('active'))]))
}

function secretsOf(row: HookRow, seal: Pick<Seal, 'open'>, now: number): string[] {
  const { old_secret_sealed: old, old_secret_until: until } = row
  const sealed = [row.secret_sealed, ...(old !== null && until !== null && until > now ? [old] : [])]
  return sealed.map((secret) => seal.open(secret, row.id))
}
