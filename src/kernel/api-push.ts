/** A push that the server itself makes, for a caller of the REST API or for others. It passes the same door as git's. */
import { maxPackBytes, type Resource } from './access.ts'
import type { Via } from './events.ts'
import type { Push } from './policy.ts'
import type { Principal } from './principal.ts'
import type { RefUpdate } from './ref-update.ts'
import type { Repository } from './repository.ts'

/** Who writes to which repository, as a request says it. */
export interface Writer {
  readonly repo: Repository
  readonly principal: Principal
  /** The principal's standing towards `repo`, read for this request. */
  readonly resource: Resource
  readonly agentId: string | null
  /** Network address that the request came from. */
  readonly address?: string
}

export interface ApiPush {
  readonly updates: readonly RefUpdate[]
  readonly via: Exclude<Via, 'git'>
  readonly atomic?: boolean
  /** Stand in the event as push options do. */
  readonly options?: readonly string[]
  /** Bytes that the client sent to be stored. */
  readonly bytes?: number
  readonly onMoved?: () => void
  /** Absent: it cannot be stopped. A client that leaves does not: what it asked for is a moment's work, and done or refused as a whole. */
  readonly signal?: AbortSignal
}

export function apiPush(writer: Writer, asked: ApiPush): Push {
  const { updates, via, atomic = true, options = [], bytes = 0, onMoved, signal = NEVER } = asked
  const refs = updates.map((u) => u.ref)
  return {
    ...writer,
    updates,
    via,
    atomic,
    options,
    announcedBytes: bytes,
    maxPackBytes: maxPackBytes(writer.principal, writer.resource, refs),
    admit: () => Promise.resolve(NO_PLACE),
    progress: () => {},
    ...(onMoved ? { onMoved } : {}),
    signal,
  }
}

/** No pack comes in, so nothing is unpacked. */
const NO_PLACE: Disposable = { [Symbol.dispose]: () => {} }
const NEVER = new AbortController().signal
