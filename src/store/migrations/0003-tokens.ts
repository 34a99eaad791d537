/** Machines' accounts, revocations, workload bindings, refresh tokens and logins by device. */
import type { Migration } from './column-types.ts'

export const tokens: Migration = {
  version: 3,
  name: 'tokens',
  up: ({ text, sequence }) => [
    `alter table accounts add column owner_id ${text}`,
    `alter table accounts add column owner_org_id ${text}`,
    `alter table accounts add column disabled_at bigint`,
    `alter table accounts add column administrator smallint not null default 0`,
    `create index accounts_owner on accounts (owner_id) where owner_id is not null`,
    `create index accounts_owner_org on accounts (owner_org_id) where owner_org_id is not null`,
    `update accounts set administrator = 1 where id in (
      select account_id from identities where issuer = 'sluice' and subject = 'admin'
    )`,

    `alter table opaque_tokens add column minted_from ${text} not null default '[]'`,
    `update opaque_tokens set minted_from = '["' || parent_id || '"]' where parent_id is not null`,

    `create table revoked_tokens (
      id ${text} not null primary key,
      revoked_at bigint not null,
      expires_at bigint not null
    )`,
    `create index revoked_tokens_expiry on revoked_tokens (expires_at)`,
    `create table credential_changes (
      sequence ${sequence},
      id ${text} not null,
      created_at bigint not null
    )`,

    `create table workload_bindings (
      id ${text} not null primary key,
      account_id ${text} not null references accounts (id) on delete cascade,
      issuer ${text} not null,
      audience ${text} not null,
      claims ${text} not null,
      grants ${text} not null,
      created_by ${text},
      created_at bigint not null
    )`,
    `create index workload_bindings_issuer on workload_bindings (issuer, audience)`,
    `create index workload_bindings_account on workload_bindings (account_id)`,

    `create table refresh_families (
      id ${text} not null primary key,
      subject_id ${text} not null,
      actor_id ${text},
      client_id ${text},
      grants ${text} not null,
      minted_from ${text} not null,
      generation bigint not null,
      rotated_at bigint not null,
      created_at bigint not null,
      ends_at bigint not null,
      expires_at bigint not null
    )`,
    `create index refresh_families_expiry on refresh_families (expires_at)`,
    `create table refresh_tokens (
      hash ${text} not null primary key,
      family_id ${text} not null references refresh_families (id) on delete cascade,
      generation bigint not null,
      created_at bigint not null
    )`,
    `create index refresh_tokens_family on refresh_tokens (family_id)`,
    `create index refresh_tokens_age on refresh_tokens (created_at)`,

    `create table device_logins (
      hash ${text} not null primary key,
      client_id ${text},
      scope ${text},
      upstream_code ${text} not null,
      interval_seconds bigint not null,
      polled_at bigint,
      created_at bigint not null,
      expires_at bigint not null
    )`,
    `create index device_logins_expiry on device_logins (expires_at)`,
  ],
}
