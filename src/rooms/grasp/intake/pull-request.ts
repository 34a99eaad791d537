/** Pull requests and their updates, whose tips are pushed here. @see NIP-34, kinds 1618 and 1619; GRASP-06 */
import type { VerifiedEvent } from '../../../nostr/event.ts'
import { coordinateOf } from '../../../nostr/nip34/coordinate.ts'
import { tipOf } from '../../../nostr/nip34/pull-request.ts'
import type { NostrEvents } from '../../../store/nostr/nostr-events.ts'
import type { GraspRepositories } from '../../../store/nostr/grasp-repositories.ts'
import { contributedTo } from '../contributed/contribution.ts'
import type { Service } from '../service.ts'
import { accept, refuse, type Answer, type Bringer } from './answer.ts'
import { huntLater, type HuntParts } from './hunt-later.ts'
import { repositoriesOf } from './named.ts'
import { isRelated, UNRELATED, type RelationParts } from './related.ts'
import { hold, serve, settleHeld, type HoldParts, type ServeParts } from './serve.ts'

export type PullRequestParts = HoldParts &
  ServeParts &
  RelationParts &
  HuntParts & {
    readonly events: Pick<NostrEvents, 'isKnown'>
    readonly repositories: Pick<GraspRepositories, 'of' | 'ofIdentifier'>
    readonly service: Pick<Service, 'isClone'>
    /** Tips of repositories that are hosted elsewhere are kept, too. @see GRASP-06 */
    readonly takesContributions: boolean
  }

const NO_TIP = refuse('invalid', 'a c tag must name the one commit of the tip, by its 40 or 64 hex digits')

export async function takePullRequest(
  parts: PullRequestParts,
  event: VerifiedEvent,
  from: Bringer,
): Promise<Answer> {
  const tip = tipOf(event)
  if (tip === null) return NO_TIP
  const identifiers = await identifiersFor(parts, event)
  if (identifiers.length === 0)
    return (await isRelated(parts, event)) ? await serve(parts, event, from) : UNRELATED

  const refused = await hold(parts, event, from)
  if (refused !== null) return refused
  for (const identifier of identifiers) await huntLater(parts, identifier, from)
  const waiting = accept('purgatory', `PR event stored, waiting for git push with commit ${tip}`)
  return await settleHeld(parts, event, identifiers, waiting)
}

/** Of repositories that the tip can be pushed to here. */
async function identifiersFor(parts: PullRequestParts, event: VerifiedEvent): Promise<readonly string[]> {
  const contributed = parts.takesContributions ? contributedTo(event, parts.service) : []
  const identifiers = new Set<string>(contributed)
  for (const repository of repositoriesOf(event)) {
    const { owner, identifier } = repository
    const takesTip =
      (await parts.repositories.of(owner, identifier, 'announced')) !== null ||
      ((await parts.events.isKnown({ addresses: [coordinateOf(repository)] })) &&
        (await parts.repositories.ofIdentifier(identifier)).length > 0)
    if (takesTip) identifiers.add(identifier)
  }
  return [...identifiers]
}
