/** What anybody may leave here under the id of an event: so many tips, of such a size, and commits only. */
import type { QuarantinedPush } from '../../../kernel/policy.ts'
import { refuse, type Refusal, type RefUpdate } from '../../../kernel/ref-update.ts'
import { eventOfTip } from '../../../nostr/nip34/pull-request.ts'
import type { GraspTips } from '../../../store/nostr/grasp-tips.ts'
import type { NamedTips } from './authorise-push.ts'
import type { TipBytes } from './tip-bytes.ts'

export interface TipLimits {
  readonly tips: Pick<GraspTips, 'waiting'>
  readonly maxTipBytes: number
  readonly bytes: Pick<TipBytes, 'take'>
}

/** Tips whose event has not come: of everybody, and of one network address. */
const MAX_WAITING = 5_000
const MAX_WAITING_OF_ADDRESS = 100
const NO_ADDRESS = ''

export async function refuseTips(
  { tips, maxTipBytes, bytes }: TipLimits,
  push: QuarantinedPush,
  pushed: readonly RefUpdate[],
  named: NamedTips,
): Promise<readonly Refusal[]> {
  if (pushed.length === 0) return []
  const early = pushed.filter(({ ref }) => !named.has(eventOfTip(ref) ?? ''))
  if (await areTooMany(tips, push, early.length)) return early.map(({ ref }) => refuse('TIPS_WAITING', ref))
  const size = await sizeUpTo(push, maxTipBytes)
  if (size === null) return pushed.map(({ ref }) => refuse('TIP_TOO_LARGE', ref))
  if (early.length > 0 && !bytes.take(push.address ?? NO_ADDRESS, size))
    return early.map(({ ref }) => refuse('TIPS_WAITING', ref))
  return notCommits(push, pushed)
}

async function areTooMany(tips: TipLimits['tips'], push: QuarantinedPush, more: number): Promise<boolean> {
  if (more === 0) return false
  const { all, ofAddress } = await tips.waiting(push.address ?? NO_ADDRESS)
  return all + more > MAX_WAITING || ofAddress + more > MAX_WAITING_OF_ADDRESS
}

/** @returns `null`: larger */
async function sizeUpTo({ objects }: QuarantinedPush, maxBytes: number): Promise<number | null> {
  let sum = 0
  for await (const page of objects.pushed()) {
    for (const { bytes } of page) sum += bytes
    if (sum > maxBytes) return null
  }
  return sum
}

async function notCommits({ objects }: QuarantinedPush, pushed: readonly RefUpdate[]): Promise<Refusal[]> {
  const input = pushed.map(({ newOid }) => `${newOid}\n`).join('')
  const types = (await objects.git(['cat-file', '--batch-check=%(objecttype)'], { input })).split('\n')
  const others = pushed.filter((_, i) => types[i] !== 'commit')
  return others.map(({ ref }) => refuse('TIP_REFUSED', ref, 'it is no commit'))
}
