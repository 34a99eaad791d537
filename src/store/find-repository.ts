/** Finds a repository by a client's name for it, with the caller's role: one query for every request. */
import { sql, type Expression, type Kysely } from 'kysely'
import type { FoundRepository } from '../kernel/directory.ts'
import { isUuid } from '../kernel/ids.ts'
import type { RepositoryAddress } from '../kernel/repository.ts'
import type { Database } from './database.ts'
import { prepareQuery } from './prepared-query.ts'
import { rememberUnchanged } from './remember-unchanged.ts'
import { REPOSITORY_COLUMNS, toFound, type StandingRow, type Surroundings } from './repository-rows.ts'
import type { Schema } from './schema.ts'

export type FindByAddress = (
  address: RepositoryAddress,
  accountId: string | null,
) => Promise<FoundRepository | null>

interface AddressedRow extends StandingRow {
  /** Organisation that the address names; another than the repository's own after a transfer. */
  readonly addressed_org: string
}

/**
 * What a slug or an id can consist of, after folding. Anything else names nothing, and must neither
 * reach a query (one engine ends a text at its NUL, the other one fails on it) nor be remembered: a
 * stranger makes up long ones.
 */
const NAME = /^[a-z0-9._-]{1,128}$/
const KEY = /^[0-9a-f]{64}$/
const MAX_IDENTIFIER_CHARS = 251
const READ = [
  ...(['repositories', 'organizations', 'collaborators'] as const),
  ...(['org_members', 'repository_redirects', 'grasp_repositories'] as const),
]
/** `account` without an account: equal to no id. */
const NOBODY = ''

/** Compiles the four queries once. Only active repositories are found; old names lead to new ones. */
export function findRepository(
  { kysely, version }: Pick<Database, 'kysely' | 'version'>,
  around: Surroundings,
): FindByAddress {
  type ByName = { org: string; slug: string; account: string }
  const byOrgSlug = prepareQuery<AddressedRow, ByName>(kysely, (slot) =>
    namedRepository(kysely, slot('slug'), slot('account')).where('named.slug', '=', slot('org')),
  )
  const byOrgId = prepareQuery<AddressedRow, ByName>(kysely, (slot) =>
    namedRepository(kysely, slot('slug'), slot('account')).where('named.id', '=', slot('org')),
  )
  const byId = prepareQuery<StandingRow, { id: string; account: string }>(kysely, (slot) =>
    withStanding(kysely, slot('account'))
      .where('r.id', '=', slot('id'))
      .where('r.state', '=', sql.lit('active')),
  )

  type BySigner = { owner: string; identifier: string; form: string; account: string }
  const bySigner = prepareQuery<StandingRow, BySigner>(kysely, (slot) =>
    withStanding(kysely, slot('account'))
      .innerJoin('grasp_repositories as g', 'g.repo_id', 'r.id')
      .where('g.pubkey', '=', slot('owner'))
      .where('g.identifier', '=', slot('identifier'))
      .where('g.form', '=', slot('form') as Expression<'announced'>)
      .where('r.state', '=', sql.lit('active')),
  )

  const byName = async (org: string, slug: string, accountId: string | null) => {
    const values = { org, slug, account: accountId ?? NOBODY }
    const [row] = await (isUuid(org) ? byOrgId(values) : byOrgSlug(values))
    if (!row) return null
    const found = toFound(row, accountId, around)
    if (row.slug === slug && row.org_id === row.addressed_org) return found
    return { ...found, movedTo: `${row.org_slug}/${row.slug}` }
  }

  const find: FindByAddress = async (address, accountId) => {
    switch (address.kind) {
      case 'path':
        return byName(address.org.toLowerCase(), address.slug.toLowerCase(), accountId)
      case 'surface':
        return byName(around.surfaceOrg, address.name.toLowerCase(), accountId)
      case 'id': {
        const [row] = await byId({ id: address.id.toLowerCase(), account: accountId ?? NOBODY })
        return row ? toFound(row, accountId, around) : null
      }
      case 'nostr': {
        const { owner, identifier, form } = address
        const [row] = await bySigner({ owner, identifier, form, account: accountId ?? NOBODY })
        return row ? signed(toFound(row, accountId, around)) : null
      }
    }
  }

  const known = rememberUnchanged(version, READ, find, questionOf)
  return async (address, accountId) => (isName(address) ? known(address, accountId) : null)
}

function isName(address: RepositoryAddress): boolean {
  switch (address.kind) {
    case 'path':
      return NAME.test(address.org.toLowerCase()) && NAME.test(address.slug.toLowerCase())
    case 'surface':
      return NAME.test(address.name.toLowerCase())
    case 'id':
      return isUuid(address.id)
    case 'nostr':
      return KEY.test(address.owner) && isShortText(address.identifier)
  }
}

function isShortText(text: string): boolean {
  return text.length <= MAX_IDENTIFIER_CHARS && !text.includes('\0')
}

function signed({ repo, resource }: FoundRepository): FoundRepository {
  return { repo, resource: { ...resource, signedPushes: true } }
}

/** NUL stands in no name: see `isName`. */
function questionOf(address: RepositoryAddress, accountId: string | null): string {
  return `${address.kind}\0${nameIn(address)}\0${accountId ?? NOBODY}`
}

function nameIn(address: RepositoryAddress): string {
  switch (address.kind) {
    case 'path':
      return `${address.org}\0${address.slug}`
    case 'surface':
      return address.name
    case 'id':
      return address.id
    case 'nostr':
      return `${address.form}\0${address.owner}\0${address.identifier}`
  }
}

/** A repository `r` with its organisation `o` and the roles that an account has in both. */
export function withStanding(kysely: Kysely<Schema>, account: Expression<string>) {
  return kysely
    .selectFrom('repositories as r')
    .innerJoin('organizations as o', 'o.id', 'r.org_id')
    .leftJoin('collaborators as c', (join) =>
      join.onRef('c.repo_id', '=', 'r.id').on('c.account_id', '=', account),
    )
    .leftJoin('org_members as m', (join) =>
      join.onRef('m.org_id', '=', 'r.org_id').on('m.account_id', '=', account),
    )
    .select([
      ...REPOSITORY_COLUMNS,
      'o.slug as org_slug',
      'c.role as collaborator_role',
      'm.role as member_role',
    ])
}

/**
 * The repository that has this slug in the organisation `named`, else the one that had it.
 *
 * The state is a literal: bound as a value, it would make SQLite plan the query anew at each call
 * to see whether the partial index applies (45 µs instead of 12).
 */
function namedRepository(kysely: Kysely<Schema>, slug: Expression<string>, account: Expression<string>) {
  const now = kysely
    .selectFrom('repositories as n')
    .select('n.id')
    .where('n.org_id', '=', sql.ref<string>('named.id'))
    .where('n.slug', '=', slug)
    .where('n.state', '<>', sql.lit('deleted'))
  const before = kysely
    .selectFrom('repository_redirects as b')
    .select('b.repo_id')
    .where('b.org_id', '=', sql.ref<string>('named.id'))
    .where('b.slug', '=', slug)
  return withStanding(kysely, account)
    .innerJoin('organizations as named', (join) => join.onTrue())
    .select('named.id as addressed_org')
    .where('r.id', '=', sql<string>`coalesce(${now}, ${before})`)
    .where('r.state', '=', sql.lit('active'))
}
