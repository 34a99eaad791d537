/** Events of nostr, and the repositories that they announce. */
import type { Migration } from './column-types.ts'

export const nostr: Migration = {
  version: 6,
  name: 'nostr',
  up: ({ text, sequence, inKeyOrder }) => [
    `create table nostr_events (
      sequence ${sequence},
      id ${text} not null unique,
      pubkey ${text} not null,
      kind bigint not null,
      created_at bigint not null,
      tie bigint not null,
      identifier ${text},
      address ${text},
      bytes bigint not null,
      status ${text} not null check (status in ('served', 'purgatory', 'expired')),
      source ${text} not null check (source in ('client', 'sync')),
      received_at bigint not null,
      waits_until bigint,
      expiration bigint,
      json ${text} not null
    )`,
    `create index nostr_events_newest on nostr_events (created_at desc, tie) where status = 'served'`,
    `create index nostr_events_kind on nostr_events (kind, created_at desc, tie) where status = 'served'`,
    `create index nostr_events_author on nostr_events (pubkey, created_at desc, tie, kind)
      where status = 'served'`,
    `create index nostr_events_identifier on nostr_events (identifier, kind) where identifier is not null`,
    `create index nostr_events_address on nostr_events (address) where address is not null`,
    `create index nostr_events_purgatory on nostr_events (pubkey)
      where status = 'purgatory'`,
    `create index nostr_events_waiting on nostr_events (status, waits_until, bytes)
      where waits_until is not null`,
    `create index nostr_events_expiring on nostr_events (expiration) where expiration is not null`,
    `create table nostr_tags (
      event bigint not null references nostr_events (sequence) on delete cascade,
      key bigint not null,
      served smallint not null check (served in (0, 1)),
      created_at bigint not null,
      tie bigint not null,
      kind bigint not null,
      primary key (event, key)
    ) ${inKeyOrder}`,
    `create index nostr_tags_newest on nostr_tags (key, served, created_at desc, tie, kind, event)`,

    `create table grasp_repositories (
      repo_id ${text} not null primary key references repositories (id) on delete cascade,
      pubkey ${text} not null,
      identifier ${text} not null,
      form ${text} not null check (form in ('announced', 'contributed')),
      status ${text} not null check (status in ('purgatory', 'live', 'archived')),
      listed smallint not null check (listed in (0, 1)),
      announcement_id ${text},
      applied_state_id ${text},
      waits_until bigint,
      created_at bigint not null,
      updated_at bigint not null,
      unique (pubkey, identifier, form)
    )`,
    `create index grasp_repositories_identifier on grasp_repositories (identifier)`,
    `create index grasp_repositories_waiting on grasp_repositories (waits_until) where waits_until is not null`,
    `create table grasp_tips (
      repo_id ${text} not null references repositories (id) on delete cascade,
      event_id ${text} not null,
      waits_until bigint,
      address ${text},
      created_at bigint not null,
      primary key (event_id, repo_id)
    )`,
    `create index grasp_tips_waiting on grasp_tips (waits_until) where waits_until is not null`,
    `create index grasp_tips_address on grasp_tips (address) where address is not null`,

    `create table nostr_relays (
      url ${text} not null primary key,
      failures bigint not null,
      retry_at bigint not null,
      failing_since bigint,
      last_error ${text},
      connected_at bigint,
      synced_at bigint
    )`,
    `create table nostr_rejections (
      id ${text} not null,
      named ${text} not null,
      reason ${text} not null,
      until bigint not null,
      primary key (id, named)
    )`,
    `create index nostr_rejections_named on nostr_rejections (named)`,
    `create index nostr_rejections_until on nostr_rejections (until)`,
  ],
}
