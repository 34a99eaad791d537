/** What the relay says of itself. @see NIP-11, GRASP-01 */
import { LIMITS } from './limits.ts'

export interface RelayDocumentParts {
  readonly name: string
  readonly description: string
  /** URI. */
  readonly contact: string | null
  readonly version: string
  /** Parts of the specification that are kept here, such as `GRASP-01`. */
  readonly grasps: readonly string[]
  /** Which announcements are taken, for people. */
  readonly acceptance: string
  /** By what events are chosen besides the defence against spam; `null`: by nothing. */
  readonly curation: string | null
  /** Clients must prove who they are. */
  readonly authRequired: boolean
}

const SOFTWARE = 'sluice'
const NIPS = [1, 9, 11, 34, 40, 42, 45, 70, 77]

export function relayDocument(parts: RelayDocumentParts): Readonly<Record<string, unknown>> {
  return {
    name: parts.name,
    description: parts.description,
    ...(parts.contact === null ? {} : { contact: parts.contact }),
    supported_nips: NIPS,
    supported_grasps: parts.grasps,
    software: SOFTWARE,
    version: parts.version,
    repo_acceptance_criteria: parts.acceptance,
    ...(parts.curation === null ? {} : { curation: parts.curation }),
    limitation: {
      max_message_length: LIMITS.messageBytes,
      max_subscriptions: LIMITS.subscriptions,
      max_filters: LIMITS.filters,
      max_limit: LIMITS.events,
      default_limit: LIMITS.eventsByDefault,
      max_subid_length: LIMITS.subscriptionIdChars,
      max_event_tags: LIMITS.eventTags,
      max_content_length: LIMITS.contentChars,
      created_at_upper_limit: LIMITS.secondsAhead,
      min_pow_difficulty: 0,
      auth_required: parts.authRequired,
      payment_required: false,
      restricted_writes: true,
    },
  }
}
