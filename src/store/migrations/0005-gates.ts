/** Upstreams of repositories, the keys that were given to them, and what is looked for in pushes. */
import type { Migration } from './column-types.ts'

export const gates: Migration = {
  version: 5,
  name: 'gates',
  up: ({ text }) => [
    `create table upstreams (
      repo_id ${text} not null primary key references repositories (id) on delete cascade,
      url ${text} not null,
      provider ${text} not null check (provider in ('static', 'token', 'gitea', 'forgejo', 'github')),
      username ${text},
      credential_sealed ${text} not null,
      provisioner_sealed ${text},
      api_url ${text},
      deploy_key_id ${text},
      key_fingerprint ${text},
      key_ttl_seconds bigint,
      host_key ${text},
      ca ${text},
      max_age_ms bigint not null,
      stale_if_error smallint not null check (stale_if_error in (0, 1)),
      user_name ${text},
      user_email ${text},
      head_ref ${text},
      last_refresh_at bigint,
      last_forward_at bigint,
      last_error ${text},
      last_error_at bigint,
      created_by ${text},
      created_at bigint not null,
      updated_at bigint not null
    )`,

    `create table deploy_keys (
      id ${text} not null primary key,
      repo_id ${text} not null,
      provider ${text} not null check (provider in ('gitea', 'forgejo', 'github')),
      api_url ${text} not null,
      ca ${text},
      remote_path ${text} not null,
      title ${text} not null,
      provider_key_id ${text},
      fingerprint ${text} not null,
      provisioner_sealed ${text} not null,
      state ${text} not null check (state in ('making', 'active', 'revoking')),
      expires_at bigint,
      last_error ${text},
      created_at bigint not null,
      updated_at bigint not null
    )`,
    `create index deploy_keys_repo on deploy_keys (repo_id, created_at)`,

    `create table secret_scans (
      repo_id ${text} not null primary key references repositories (id) on delete cascade,
      enabled smallint not null check (enabled in (0, 1)),
      rules ${text} not null,
      allow ${text} not null,
      approval_wait_ms bigint not null,
      updated_by ${text},
      updated_at bigint not null
    )`,
    `create table scan_verdicts (
      oid ${text} not null,
      rules_version ${text} not null,
      created_at bigint not null,
      primary key (oid, rules_version)
    )`,
    `create index scan_verdicts_age on scan_verdicts (created_at)`,
    `create table approvals (
      id ${text} not null primary key,
      repo_id ${text} not null references repositories (id) on delete cascade,
      fingerprint ${text} not null,
      rule ${text},
      path ${text},
      line bigint,
      commit_oid ${text},
      redacted ${text},
      inline_allow smallint not null check (inline_allow in (0, 1)),
      state ${text} not null check (state in ('requested', 'approved', 'denied')),
      reason ${text},
      expires_at bigint,
      requested_by ${text},
      requested_at bigint not null,
      decided_by ${text},
      decided_at bigint,
      unique (repo_id, fingerprint)
    )`,
    `create index approvals_newest on approvals (repo_id, requested_at, id)`,
  ],
}
