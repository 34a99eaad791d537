/**
 * The policy of repositories that hold nothing but tips of pull requests. The first push of one makes it, and it stays
 * when a tip has moved. Which tips may move is told by the policy of signed states, which is asked before. @see GRASP-06
 */
import type { AccountDirectory } from '../../../kernel/account.ts'
import { AppError } from '../../../kernel/errors.ts'
import type { Push, RefUpdatePolicy } from '../../../kernel/policy.ts'
import { refuse, type Refusal } from '../../../kernel/ref-update.ts'
import type { RepoHandle } from '../../../kernel/repository.ts'
import type { Coordinate } from '../../../nostr/nip34/coordinate.ts'
import { eventOfTip } from '../../../nostr/nip34/pull-request.ts'
import { npubOf } from '../../../nostr/npub.ts'
import type { ContributedRepositories } from '../../../store/nostr/contributed-repositories.ts'
import type { GraspRepositories } from '../../../store/nostr/grasp-repositories.ts'
import type { NostrEvents } from '../../../store/nostr/nostr-events.ts'
import { contributorOf } from './empty-repository.ts'

export interface ContributedPolicyParts {
  readonly accounts: Pick<AccountDirectory, 'atFirstSight'>
  readonly contributed: Pick<ContributedRepositories, 'insert'>
  readonly repositories: Pick<GraspRepositories, 'byRepoId'>
  readonly events: Pick<NostrEvents, 'byId'>
  readonly storage: {
    create(repo: RepoHandle & { readonly defaultBranch: string }): Promise<void>
  }
}

export function contributedTips(parts: ContributedPolicyParts): RefUpdatePolicy {
  return {
    name: 'contributed-tips',
    concerns: ({ kind }) => kind === 'grasp',
    onCommands: (push) => judge(parts, push),
  }
}

async function judge(parts: ContributedPolicyParts, push: Push): Promise<readonly Refusal[]> {
  const fresh = contributorOf(push.repo)
  const row = fresh === null ? await parts.repositories.byRepoId(push.repo.id) : null
  const contributor = fresh ?? (row?.form === 'contributed' ? row : null)
  if (contributor === null) return []
  const refusals: Refusal[] = []
  for (const { ref } of push.updates) {
    const eventId = eventOfTip(ref)
    if (eventId === null)
      refusals.push(refuse('REF_NOT_SIGNED', ref, 'only tips of pull requests are kept here'))
    else if (await isOfAnother(parts, eventId, contributor))
      refusals.push(refuse('TIP_REFUSED', ref, 'somebody else has signed this event'))
  }
  if (fresh === null || refusals.length === push.updates.length) return refusals
  return [...refusals, ...(await make(parts, push, fresh))]
}

async function isOfAnother(
  { events }: ContributedPolicyParts,
  eventId: string,
  { owner }: Coordinate,
): Promise<boolean> {
  const held = await events.byId(eventId)
  return held !== null && held.event.pubkey !== owner
}

async function make(
  { accounts, contributed, storage }: ContributedPolicyParts,
  { repo }: Push,
  contributor: Coordinate,
): Promise<readonly Refusal[]> {
  const { owner } = contributor
  const identity = { issuer: 'nostr', subject: owner }
  const fresh = { kind: 'nostr', displayName: npubOf(owner), email: null } as const
  const { id: ownerId } = await accounts.atFirstSight(identity, fresh)
  try {
    await contributed.insert({ ...repo, ownerId }, contributor)
  } catch (err) {
    if (!(err instanceof AppError && err.code === 'ALREADY_EXISTS')) throw err
    return [refuse('REPO_JUST_MADE', null)]
  }
  await storage.create(repo)
  return []
}
