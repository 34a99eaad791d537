/** The tables that more than one room reads. Their rows are described in schema.ts. */
import type { Migration } from './column-types.ts'

export const firstTables: Migration = {
  version: 1,
  name: 'first tables',
  up: ({ text, sequence }) => [
    `create table organizations (
      id ${text} not null primary key,
      slug ${text} not null unique,
      created_by ${text},
      made_for ${text} not null,
      created_at bigint not null
    )`,
    `create table org_members (
      org_id ${text} not null references organizations (id) on delete cascade,
      account_id ${text} not null,
      role ${text} not null check (role in ('owner', 'writer', 'reader')),
      primary key (org_id, account_id)
    )`,
    `create index org_members_account on org_members (account_id)`,

    `create table accounts (
      id ${text} not null primary key,
      kind ${text} not null check (kind in ('user', 'agent', 'service', 'nostr')),
      display_name ${text} not null,
      email ${text},
      created_at bigint not null
    )`,
    `create table identities (
      issuer ${text} not null,
      subject ${text} not null,
      account_id ${text} not null,
      primary key (issuer, subject)
    )`,
    `create index identities_account on identities (account_id)`,

    `create table repositories (
      id ${text} not null primary key,
      owner_id ${text} not null,
      org_id ${text} not null references organizations (id),
      project_id ${text},
      name ${text} not null,
      slug ${text} not null check (slug = lower(slug)),
      description ${text},
      visibility ${text} not null check (visibility in ('public', 'private')),
      default_branch ${text} not null,
      object_format ${text} not null check (object_format in ('sha1', 'sha256')),
      archived smallint not null check (archived in (0, 1)),
      kind ${text} not null check (kind in ('hosted', 'gate', 'grasp')),
      state ${text} not null check (state in ('active', 'provisional', 'deleted')),
      size_bytes bigint not null,
      pushed_at bigint,
      created_at bigint not null,
      updated_at bigint not null,
      expires_at bigint,
      deleted_at bigint
    )`,
    `create unique index repositories_name on repositories (org_id, slug) where state <> 'deleted'`,
    `create index repositories_newest on repositories (created_at, id)`,
    `create index repositories_newest_of_org on repositories (org_id, created_at, id)`,
    `create index repositories_owner on repositories (owner_id)`,
    `create index repositories_unsettled on repositories (state, created_at) where state <> 'active'`,
    `create index repositories_expiring on repositories (expires_at) where expires_at is not null`,
    `create index repositories_deleted on repositories (deleted_at) where state = 'deleted'`,
    `create index repositories_deleted_name on repositories (org_id, slug, deleted_at) where state = 'deleted'`,

    `create table repository_redirects (
      org_id ${text} not null references organizations (id) on delete cascade,
      slug ${text} not null,
      repo_id ${text} not null references repositories (id) on delete cascade,
      primary key (org_id, slug)
    )`,
    `create index repository_redirects_repo on repository_redirects (repo_id)`,

    `create table collaborators (
      repo_id ${text} not null references repositories (id) on delete cascade,
      account_id ${text} not null,
      role ${text} not null check (role in ('owner', 'writer', 'reader')),
      created_at bigint not null,
      primary key (repo_id, account_id)
    )`,
    `create index collaborators_account on collaborators (account_id)`,

    `create table opaque_tokens (
      id ${text} not null primary key,
      hash ${text} not null unique,
      kind ${text} not null,
      account_id ${text} not null,
      name ${text} not null,
      grants ${text} not null,
      acting_for ${text},
      parent_id ${text},
      created_by ${text},
      created_at bigint not null,
      expires_at bigint,
      last_used_at bigint,
      last_used_address ${text},
      revoked_at bigint
    )`,
    `create index opaque_tokens_account on opaque_tokens (account_id, created_at)`,
    `create index opaque_tokens_parent on opaque_tokens (parent_id)`,

    `create table signing_keys (
      kid ${text} not null primary key,
      algorithm ${text} not null,
      public_jwk ${text} not null,
      private_encrypted ${text} not null,
      created_at bigint not null,
      retired_at bigint,
      verify_until bigint
    )`,

    `create table intents (
      id ${text} not null primary key,
      repo_id ${text} not null,
      instance ${text} not null,
      run ${text} not null,
      state ${text} not null check (state in ('prepared', 'decided')),
      quarantine ${text},
      event ${text} not null,
      created_at bigint not null
    )`,

    `create table events (
      sequence ${sequence},
      id ${text} not null unique,
      type ${text} not null,
      repo_id ${text},
      org_id ${text},
      project_id ${text},
      actor_id ${text},
      agent_id ${text},
      target_id ${text},
      data ${text} not null,
      created_at bigint not null
    )`,
    `create index events_repo on events (repo_id, sequence)`,

    `create table idempotency_keys (
      principal ${text} not null,
      key ${text} not null,
      request_hash ${text} not null,
      status smallint,
      headers ${text},
      body ${text},
      created_at bigint not null,
      expires_at bigint not null,
      primary key (principal, key)
    )`,
    `create index idempotency_keys_expiry on idempotency_keys (expires_at)`,

    `create table meta (
      key ${text} not null primary key,
      value ${text} not null
    )`,
  ],
}
