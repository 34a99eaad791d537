/** The one way in for events, whoever brings them: what is always looked at, then what their kind asks for. */
import type { VerifiedEvent } from '../../../nostr/event.ts'
import { KIND } from '../../../nostr/kinds.ts'
import { takeAnnouncement, type AnnouncementParts } from './announcement.ts'
import type { TakeEvent } from './answer.ts'
import { checkEvent, type CheckParts } from './check-event.ts'
import { takeDeletion, type DeletionParts } from './deletion.ts'
import { takeOfParticipant, type ParticipantParts } from './participant.ts'
import { takePullRequest, type PullRequestParts } from './pull-request.ts'
import { takeRelated } from './related.ts'
import { serve } from './serve.ts'
import { takeState, type StateParts } from './state.ts'

export type IntakeParts = CheckParts &
  AnnouncementParts &
  StateParts &
  PullRequestParts &
  DeletionParts &
  ParticipantParts & {
    /** Profiles, by which clients show who has written what, are kept, too. @see GRASP-03 */
    readonly keepsProfiles: boolean
  }

/** Events that are brought must be verified; what is accepted has been stored when the answer is given. */
export function openIntake(parts: IntakeParts): TakeEvent {
  return async (event, from) => {
    return (await checkEvent(parts, event, from)) ?? (await policyOf(parts, event)(event, from))
  }
}

function policyOf(parts: IntakeParts, { kind }: VerifiedEvent): TakeEvent {
  switch (kind) {
    case KIND.announcement:
      return (event, from) => takeAnnouncement(parts, event, from)
    case KIND.state:
      return (event, from) => takeState(parts, event, from)
    case KIND.pullRequest:
    case KIND.pullRequestUpdate:
      return (event, from) => takePullRequest(parts, event, from)
    case KIND.deletion:
      return (event, from) => takeDeletion(parts, event, from)
    case KIND.graspList:
      return (event, from) => serve(parts, event, from)
    case KIND.relayList:
      return (event, from) => takeOfParticipant(parts, event, from)
    case KIND.metadata:
      return (event, from) => (parts.keepsProfiles ? takeOfParticipant : takeRelated)(parts, event, from)
    default:
      return (event, from) => takeRelated(parts, event, from)
  }
}
