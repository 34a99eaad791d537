/** What is wrong with what was told, held against what was acknowledged and what is on disk. Pure. */
import { isReserved } from '../../../src/kernel/commands.ts'
import type { PushData } from '../../../src/kernel/events.ts'
import type { RefName } from '../../../src/kernel/ids.ts'
import type { Acknowledged } from './mover.ts'

/** A push event, from wherever it was heard. */
export interface Told {
  readonly id: string
  readonly repoId: string
  readonly data: PushData
}

const ZERO = /^0+$/

/** Acknowledged moves that no event tells of. */
export function missing(acknowledged: readonly Acknowledged[], told: readonly Told[]): Acknowledged[] {
  const left = new Map<string, number>()
  for (const { repoId, data } of told) {
    for (const { ref, newOid } of data.refs) count(left, `${repoId} ${ref} ${newOid}`, 1)
  }
  return acknowledged.filter(({ repoId, ref, newOid }) => count(left, `${repoId} ${ref} ${newOid}`, -1) < 0)
}

/**
 * Where the events of a ref do not follow from one another, or do not lead to what is on disk. Refs that the
 * server keeps for itself are not told of.
 *
 * @param told in the order of the log
 * @param refs of each repository: full names and values
 */
export function invented(
  told: readonly Told[],
  refs: ReadonlyMap<string, ReadonlyMap<string, string>>,
): string[] {
  const faults: string[] = []
  const folded = new Map([...refs.keys()].map((repoId) => [repoId, new Map<string, string>()]))
  for (const { id, repoId, data } of told) {
    const of = folded.get(repoId)
    for (const { ref, oldOid, newOid } of data.refs) {
      const now = of?.get(ref) ?? '0'.repeat(oldOid.length)
      if (now !== oldOid) faults.push(`${id}: ${repoId} ${ref} was ${now}, not ${oldOid}`)
      if (ZERO.test(newOid)) of?.delete(ref)
      else of?.set(ref, newOid)
    }
  }
  for (const [repoId, of] of refs) {
    const known = folded.get(repoId) ?? new Map<string, string>()
    for (const ref of new Set(
      [...of.keys(), ...known.keys()].filter((each) => !isReserved(each as RefName)),
    )) {
      if (of.get(ref) !== known.get(ref))
        faults.push(`${repoId} ${ref} is ${of.get(ref)}, and told as ${known.get(ref)}`)
    }
  }
  return faults
}

export interface Misheard {
  readonly missing: readonly string[]
  readonly invented: readonly string[]
  /** Repositories whose events came in another order than they have in the log. */
  readonly disordered: readonly string[]
}

/** What a subscriber has not heard as the log tells it, when what was repeated is dropped. */
export function misheard(log: readonly Told[], heard: readonly Told[]): Misheard {
  const once = [...new Map(heard.map((event) => [event.id, event])).values()]
  const [known, came] = [new Set(log.map(({ id }) => id)), new Set(once.map(({ id }) => id))]
  const order = (events: readonly Told[], repoId: string) =>
    events.filter((event) => event.repoId === repoId && came.has(event.id)).map(({ id }) => id)
  const repositories = [...new Set(log.map(({ repoId }) => repoId))]
  return {
    missing: log.filter(({ id }) => !came.has(id)).map(({ id }) => id),
    invented: once.filter(({ id }) => !known.has(id)).map(({ id }) => id),
    disordered: repositories.filter((id) => order(log, id).join() !== order(once, id).join()),
  }
}

/** @returns the new number */
function count(counts: Map<string, number>, key: string, more: number): number {
  const now = (counts.get(key) ?? 0) + more
  counts.set(key, now)
  return now
}
