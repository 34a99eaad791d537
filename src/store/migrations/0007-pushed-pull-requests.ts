/** Pull requests that a push has opened: they have no source branch. */
import type { Migration } from './column-types.ts'

const COLUMNS = [
  'id, repo_id, number, author_id, agent_id, source_branch, target_branch, source_sha, target_sha',
  'title, description, status, merged_at, merged_by, merge_commit_sha, created_at, updated_at',
].join(', ')

/** A column that may be null from now on means a new table: SQLite has no other way. */
export const pushedPullRequests: Migration = {
  version: 7,
  name: 'pushed pull requests',
  up: ({ text }) => [
    `alter table repositories add column protected_push ${text} not null default 'refuse'
      check (protected_push in ('refuse', 'open-pull-request'))`,
    `create table pull_requests_anew (
      id ${text} not null primary key,
      repo_id ${text} not null references repositories (id) on delete cascade,
      number bigint not null,
      author_id ${text},
      agent_id ${text},
      source_branch ${text},
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
    `insert into pull_requests_anew (${COLUMNS}) select ${COLUMNS} from pull_requests`,
    `drop table pull_requests`,
    `alter table pull_requests_anew rename to pull_requests`,
    `create unique index pull_requests_open_pair on pull_requests (repo_id, source_branch, target_branch) where status = 'open'`,
  ],
}
