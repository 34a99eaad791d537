/** Pull requests and their updates: kinds 1618 and 1619. @see NIP-34, "Pull Requests" */
import { isOid, type Oid, type RefName } from '../../kernel/ids.ts'
import { tagValues, type NostrEvent } from '../event.ts'

/** Tips of pull requests stand under `refs/nostr/<id of the event>`. */
const TIPS = 'refs/nostr/'
const TIP_REF = /^refs\/nostr\/([0-9a-f]{64})$/

/** @returns the one commit that a pull request is about; `null` when it names none, or several */
export function tipOf(event: NostrEvent): Oid | null {
  const [tip = '', ...others] = new Set(tagValues(event, 'c'))
  return others.length === 0 && isOid(tip) ? tip : null
}

/** @param id of a pull request's event */
export function tipRef(id: string): RefName {
  return `${TIPS}${id}` as RefName
}

/** @returns the id of the event; `null` for a ref that belongs to none */
export function eventOfTip(ref: RefName): string | null {
  return TIP_REF.exec(ref)?.[1] ?? null
}
