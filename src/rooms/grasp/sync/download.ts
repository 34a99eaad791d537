/** Brings what a relay has and this server lacks: by comparing ids where the relay can, else page by page. */
import type { Filter } from '../../../nostr/filter.ts'
import { Reconciliation } from '../../../nostr/negentropy/reconciliation.ts'
import { IdVector } from '../../../nostr/negentropy/id-vector.ts'
import type { NostrEvents } from '../../../store/nostr/nostr-events.ts'
import type { RelayConnection } from './relay-connection.ts'

export interface DownloadParts {
  readonly events: Pick<NostrEvents, 'vector'>
  /** Those that are neither here nor refused. */
  readonly missing: (ids: readonly string[]) => Promise<readonly string[]>
}

/** About 70 bytes each, for as long as it takes. */
const MAX_COMPARED = 250_000
const IDS_AT_ONCE = 100
const PAGE_EVENTS = 500
/** Of one filter; what is older comes with a later comparison, if ever. */
const MAX_PAGES = 400

/** @throws RelayFault */
export async function download(
  parts: DownloadParts,
  connection: Pick<RelayConnection, 'reconcile' | 'stored'>,
  filter: Filter,
): Promise<void> {
  const claimed = await claimedIds(parts, connection, filter)
  if (claimed === null) return downloadPages(connection, filter)
  const wanted = await parts.missing(claimed)
  for (let at = 0; at < wanted.length; at += IDS_AT_ONCE) {
    await connection.stored({ ...filter, ids: wanted.slice(at, at + IDS_AT_ONCE) })
  }
}

/** @returns `null`: they cannot be compared */
async function claimedIds(
  { events }: DownloadParts,
  connection: Pick<RelayConnection, 'reconcile'>,
  filter: Filter,
): Promise<readonly string[] | null> {
  const ours = await events.vector(filter, { max: MAX_COMPARED })
  return ours && connection.reconcile(filter, new Reconciliation(new IdVector(ours)))
}

/** A page ends where the next begins: of one second there may be more than fit. */
async function downloadPages(connection: Pick<RelayConnection, 'stored'>, filter: Filter): Promise<void> {
  let before: ReadonlySet<string> = new Set()
  let until = filter.until
  for (let pages = 0; pages < MAX_PAGES; pages++) {
    const { ids, oldest } = await connection.stored({
      ...filter,
      limit: PAGE_EVENTS,
      ...(until === undefined ? {} : { until }),
    })
    if (oldest === null) return
    const isNews = [...ids].some((id) => !before.has(id))
    until = isNews ? oldest : oldest - 1
    before = ids
  }
}
