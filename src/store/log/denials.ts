/**
 * Denials on their way into the log. Nobody waits for them, and nobody can fill the log with them: what one
 * party is denied over and over is counted, and there is a limit on how many parties are told apart.
 */
import type { Denial, DeniedRef } from '../../kernel/denial.ts'
import type { NewEvent } from '../../kernel/events.ts'
import type { Clock } from '../../kernel/ports.ts'
import type { Database } from '../database.ts'
import type { EventLog } from './events.ts'

export interface DenialsParts {
  readonly database: Database
  readonly log: Pick<EventLog, 'append'>
  readonly clock: Clock
  /** They could not be written; it is tried again. */
  readonly onFailed: (error: unknown) => void
}

/** How long the first of a kind waits for others that share its transaction. */
const FIRST_MS = 1_000
/** How long equal ones are counted before they are told of again. */
const MINUTE_MS = 60_000
/** Kinds that are told apart within a minute. */
const MAX_KINDS = 500
/** Of one party, which would hide others behind its own: what it is denied beyond them is told of no repository. */
const MAX_KINDS_OF_PARTY = 50
const MAX_REFS = 20
/** The log is held while a transaction writes to it: none is long. */
const EVENTS_A_TRANSACTION = 50

/** Equal denials: of one type, to one party, about one repository. */
interface Kind {
  readonly party: string
  /** Some are in the log since the minute began. */
  told: boolean
  /** Not in the log yet. */
  counted: Counted | null
}

interface Counted {
  /** As it was the first time. */
  readonly denial: Denial
  readonly firstAt: number
  readonly times: number
  readonly refs: readonly DeniedRef[]
}

export class Denials implements AsyncDisposable {
  readonly #parts: DenialsParts
  readonly #kinds = new Map<string, Kind>()
  /** Of more kinds than are told apart. */
  #dropped = 0
  #soon: NodeJS.Timeout | null = null
  #minute: NodeJS.Timeout | null = null
  #writing: Promise<void> = Promise.resolve()

  constructor(parts: DenialsParts) {
    this.#parts = parts
  }

  note(denial: Denial): void {
    this.#minute ??= setTimeout(() => void this.#endMinute(), MINUTE_MS).unref()
    const one = this.#isToldApart(denial) ? denial : { ...denial, repo: null }
    const kind = this.#kindOf(one)
    if (kind === null) {
      this.#dropped++
      return
    }
    kind.counted = plus(kind.counted, this.#once(one))
    if (!kind.told) this.#soon ??= setTimeout(() => void this.#writeFirst(), FIRST_MS).unref()
  }

  /** Writes all that has been noted. @throws AppError `UNAVAILABLE` */
  flush(): Promise<void> {
    const turn = this.#writing.then(() => this.#write([...this.#kinds.values()]))
    this.#writing = turn.catch(() => {}) // whoever asked hears of it
    return turn
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#soon) clearTimeout(this.#soon)
    if (this.#minute) clearTimeout(this.#minute)
    await this.flush().catch(this.#parts.onFailed)
  }

  async #writeFirst(): Promise<void> {
    this.#soon = null
    const fresh = [...this.#kinds.values()].filter(({ told }) => !told)
    this.#writing = this.#writing.then(() => this.#write(fresh)).catch(this.#parts.onFailed)
    await this.#writing
  }

  async #endMinute(): Promise<void> {
    this.#minute = null
    await this.flush().catch(this.#parts.onFailed)
    for (const [name, { counted }] of this.#kinds) if (counted === null) this.#kinds.delete(name)
    if (this.#kinds.size > 0) this.#minute ??= setTimeout(() => void this.#endMinute(), MINUTE_MS).unref()
  }

  #isToldApart(denial: Denial): boolean {
    if (this.#kinds.has(nameOf(denial))) return true
    const ofParty = [...this.#kinds.values()].filter(({ party }) => party === denial.party)
    return ofParty.length < MAX_KINDS_OF_PARTY
  }

  #kindOf(denial: Denial): Kind | null {
    const name = nameOf(denial)
    const known = this.#kinds.get(name)
    if (known) return known
    if (this.#kinds.size >= MAX_KINDS) return null
    const kind = { party: denial.party, told: false, counted: null }
    this.#kinds.set(name, kind)
    return kind
  }

  #once(denial: Denial): Counted {
    return { denial, firstAt: this.#parts.clock.now(), times: 1, refs: denial.refs ?? [] }
  }

  async #write(kinds: readonly Kind[]): Promise<void> {
    const counted = kinds.filter((kind) => kind.counted !== null)
    for (let i = 0; i < counted.length; i += EVENTS_A_TRANSACTION)
      await this.#writeSome(counted.slice(i, i + EVENTS_A_TRANSACTION))
    if (this.#dropped > 0) await this.#writeDropped()
  }

  async #writeSome(kinds: readonly Kind[]): Promise<void> {
    const taken = kinds.map(({ counted }) => counted)
    for (const kind of kinds) kind.counted = null
    try {
      await this.#append(taken.flatMap((counted) => (counted ? [eventOf(counted)] : [])))
      for (const kind of kinds) kind.told = true
    } catch (err) {
      kinds.forEach((kind, i) => (kind.counted = plus(taken[i] ?? null, kind.counted)))
      throw err
    }
  }

  async #writeDropped(): Promise<void> {
    const times = this.#dropped
    await this.#append([droppedEvent(times)])
    this.#dropped -= times
  }

  #append(events: readonly NewEvent[]): Promise<void> {
    const { database, log } = this.#parts
    return database.transaction((trx) => log.append(trx, events))
  }
}

/** Of its kind. */
function nameOf({ type, party, repo }: Denial): string {
  return `${type} ${repo?.id ?? '-'} ${party}`
}

function plus(first: Counted | null, second: Counted | null): Counted | null {
  if (first === null || second === null) return first ?? second
  const known = new Set(first.refs.map(keyOf))
  const refs = [...first.refs, ...second.refs.filter((ref) => !known.has(keyOf(ref)))]
  return { ...first, times: first.times + second.times, refs: refs.slice(0, MAX_REFS) }
}

function keyOf({ ref, code }: DeniedRef): string {
  return `${code} ${ref ?? ''}`
}

function eventOf({ denial, firstAt, times, refs }: Counted): NewEvent {
  const { type, repo, actorId, agentId, data } = denial
  const moved = denial.refs ? { refs: refs.slice(0, MAX_REFS) } : {}
  return {
    type,
    repoId: repo?.id ?? null,
    orgId: repo?.orgId ?? null,
    projectId: repo?.projectId ?? null,
    actorId,
    agentId,
    data: { ...data, ...moved, times, firstAt: new Date(firstAt).toISOString() },
    denied: true,
  }
}

function droppedEvent(times: number): NewEvent {
  return {
    type: 'denials.dropped',
    repoId: null,
    orgId: null,
    projectId: null,
    actorId: null,
    agentId: null,
    data: { times },
    denied: true,
  }
}
