/** Pull requests, branch protections, jobs, and how far each subscriber has read the log. */
import type { Migration } from './column-types.ts'

export const pullRequests: Migration = {
  version: 2,
  name: 'pull requests',
  up: ({ text }) => [
    `create table pull_counters (
      repo_id ${text} not null primary key references repositories (id) on delete cascade,
      last_number bigint not null
    )`,
    `create table pull_requests (
      id ${text} not null primary key,
      repo_id ${text} not null references repositories (id) on delete cascade,
      number bigint not null,
      author_id ${text},
      agent_id ${text},
      source_branch ${text} not null,
      target_branch ${text} not null,
      source_sha ${text} not null,
      target_sha ${text} not null,
      title ${text} not null,
      description ${text},
      status ${text} not null check (status in ('open', 'closed', 'merged')),
      merged_at bigint,
      merged_by ${text},
      merge_commit_sha ${text},
      created_at bigint not null,
      updated_at bigint not null,
      unique (repo_id, number)
    )`,
    `create unique index pull_requests_open_pair on pull_requests (repo_id, source_branch, target_branch) where status = 'open'`,

    `create table branch_protections (
      repo_id ${text} not null references repositories (id) on delete cascade,
      pattern ${text} not null,
      push ${text} not null check (push in ('owner', 'writer', 'none')),
      allow_force smallint not null,
      allow_delete smallint not null,
      require_pull_request smallint not null,
      allow_accounts ${text} not null,
      created_at bigint not null,
      updated_at bigint not null,
      primary key (repo_id, pattern)
    )`,

    `create table deleted_branches (
      repo_id ${text} not null references repositories (id) on delete cascade,
      ref ${text} not null,
      oid ${text} not null,
      deleted_at bigint not null,
      primary key (repo_id, ref)
    )`,

    `create table event_cursors (
      subscriber ${text} not null primary key,
      sequence bigint not null
    )`,

    `create table jobs (
      id ${text} not null primary key,
      type ${text} not null,
      repo_id ${text},
      status ${text} not null check (status in ('queued', 'running', 'failed', 'done')),
      attempts bigint not null,
      payload ${text} not null,
      last_error ${text},
      run_at bigint not null,
      created_at bigint not null,
      updated_at bigint not null
    )`,
    `create index jobs_newest on jobs (created_at, id)`,
    `create index jobs_due on jobs (status, run_at)`,
    `create index events_type on events (type, sequence)`,
  ],
}
