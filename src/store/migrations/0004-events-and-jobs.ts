/** Jobs with keys and leases, webhooks and what was delivered, mirrors, and what repositories need of upkeep. */
import type { Migration } from './column-types.ts'

export const eventsAndJobs: Migration = {
  version: 4,
  name: 'events and jobs',
  up: ({ text }) => [
    `alter table events add column denied smallint not null default 0`,

    `drop index jobs_due`,
    `alter table jobs add column key ${text} not null default ''`,
    `alter table jobs add column priority bigint not null default 0`,
    `alter table jobs add column worker ${text}`,
    `alter table jobs add column lease_until bigint`,
    `update jobs set key = id`,
    `create unique index jobs_key on jobs (type, key, status)`,
    `create index jobs_due on jobs (type, priority desc, run_at, id) where status = 'queued'`,
    `create index jobs_next on jobs (type, run_at) where status = 'queued'`,
    `create index jobs_running on jobs (type, key) where status = 'running'`,
    `create index jobs_failed on jobs (created_at, id) where status = 'failed'`,
    `create index jobs_done on jobs (updated_at) where status = 'done'`,
    `insert into jobs (id, type, key, repo_id, status, attempts, payload, run_at, created_at, updated_at)
      select id, 'delete_repo_storage', id, id, 'queued', 0, '{"repoId":"' || id || '"}',
        deleted_at + 2595600000, deleted_at, deleted_at
      from repositories where state = 'deleted'`,

    `create table hooks (
      id ${text} not null primary key,
      org_id ${text} references organizations (id) on delete cascade,
      repo_id ${text} references repositories (id) on delete cascade,
      since_sequence bigint not null,
      url ${text} not null,
      event_types ${text} not null,
      branches ${text} not null,
      paths ${text} not null,
      secret_sealed ${text} not null,
      old_secret_sealed ${text},
      old_secret_until bigint,
      active smallint not null check (active in (0, 1)),
      inactive_reason ${text},
      created_by ${text},
      created_at bigint not null,
      updated_at bigint not null,
      check ((org_id is null) <> (repo_id is null))
    )`,
    `create index hooks_repo on hooks (repo_id) where repo_id is not null`,
    `create index hooks_org on hooks (org_id) where org_id is not null`,

    `create table deliveries (
      id ${text} not null primary key,
      receiver ${text} not null,
      repo_id ${text},
      event_id ${text} not null,
      part ${text} not null,
      event_type ${text} not null,
      sequence bigint not null,
      status ${text} not null check (status in ('waiting', 'delivered', 'parked')),
      in_line smallint not null check (in_line in (0, 1)),
      attempts bigint not null,
      next_attempt_at bigint not null,
      response_status bigint,
      response_excerpt ${text},
      error ${text},
      duration_ms bigint,
      redelivery_of ${text},
      created_at bigint not null,
      updated_at bigint not null
    )`,
    `create unique index deliveries_once on deliveries (receiver, event_id, part) where redelivery_of is null`,
    `create index deliveries_waiting on deliveries (receiver, repo_id, in_line, sequence) where status = 'waiting'`,
    `create index deliveries_newest on deliveries (receiver, created_at, id)`,
    `create index deliveries_age on deliveries (created_at) where status <> 'waiting'`,

    `create table mirrors (
      id ${text} not null primary key,
      repo_id ${text} not null references repositories (id) on delete cascade,
      name ${text} not null,
      kind ${text} not null check (kind in ('own', 'integration')),
      url ${text} not null,
      remote_key ${text} not null,
      credential_sealed ${text},
      refs ${text} not null,
      refused_reason ${text},
      last_error ${text},
      refused_refs ${text} not null,
      last_attempt_at bigint,
      last_success_at bigint,
      failing_since bigint,
      created_by ${text},
      created_at bigint not null,
      updated_at bigint not null,
      unique (repo_id, name)
    )`,
    `create unique index mirrors_remote on mirrors (remote_key) where refused_reason is null`,
    `create table mirror_refs (
      mirror_id ${text} not null references mirrors (id) on delete cascade,
      ref ${text} not null,
      oid ${text} not null,
      primary key (mirror_id, ref)
    )`,

    `create table repository_upkeep (
      repo_id ${text} not null primary key references repositories (id) on delete cascade,
      wear bigint not null,
      dropped bigint not null,
      fetches bigint not null,
      maintained_at bigint,
      repacked_at bigint
    )`,
  ],
}
