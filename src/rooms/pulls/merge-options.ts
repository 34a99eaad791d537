/**
 * What a merge by REST writes into the event of its push, as push options stand there. Whoever reads the log
 * can finish it from that, if the server died before the row was written. Clients cannot make such an event.
 */
import type { MovedRef, PushData } from '../../kernel/events.ts'
import { isOid, type Oid } from '../../kernel/ids.ts'

export interface MergeNote {
  readonly pullId: string
  readonly strategy: string
  /** What was merged: the branch may be elsewhere by now. */
  readonly sourceSha: Oid
}

export function writeMergeNote({ pullId, strategy, sourceSha }: MergeNote): string[] {
  return [`pull-request=${pullId}`, `strategy=${strategy}`, `source=${sourceSha}`]
}

/** `null` for a push that is no merge of a pull request. */
export function readMergeNote({ via, pushOptions }: PushData): MergeNote | null {
  if (via !== 'merge') return null
  const said = new Map(pushOptions.map((option) => option.split('=', 2) as [string, string]))
  const [pullId, strategy, sourceSha] = ['pull-request', 'strategy', 'source'].map((name) => said.get(name))
  if (pullId === undefined || strategy === undefined || sourceSha === undefined) return null
  return isOid(sourceSha) ? { pullId, strategy, sourceSha } : null
}

export function movedBranch({ refs }: PushData, ref: string): MovedRef | null {
  return refs.find((moved) => moved.ref === ref) ?? null
}
