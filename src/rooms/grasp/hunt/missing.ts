/** What is declared for an identifier and has no git data here, and who is said to have it. Fetches nothing. */
import { oidLength, type Oid, type RefName } from '../../../kernel/ids.ts'
import type { RepoHandle, Repository } from '../../../kernel/repository.ts'
import { KIND } from '../../../nostr/kinds.ts'
import { coordinateOf } from '../../../nostr/nip34/coordinate.ts'
import { tipOf, tipRef } from '../../../nostr/nip34/pull-request.ts'
import type { GraspRepositories, GraspRepository } from '../../../store/nostr/grasp-repositories.ts'
import type { HeldEvent, NostrEvents } from '../../../store/nostr/nostr-events.ts'
import {
  authorisedStates,
  candidatesOf,
  readSigned,
  type SignedEvents,
  type SignedState,
} from '../authorised-states.ts'
import { maintainersOf, type MaintainerRule } from '../maintainers.ts'
import { cloneTexts } from './clone-urls.ts'
import { huntRef } from './hunt-refs.ts'

export interface MissingParts {
  readonly events: Pick<NostrEvents, 'find'>
  readonly repositories: Pick<GraspRepositories, 'ofIdentifier'>
  readonly rule: MaintainerRule
  /** Which of these a repository has. */
  readonly objectsHere: (repo: RepoHandle, oids: Iterable<Oid>) => ReadonlySet<Oid>
  /** Values of refs as they are now; a missing one is absent. */
  readonly readRefs: (repo: RepoHandle, refs: readonly RefName[]) => Promise<ReadonlyMap<RefName, Oid>>
}

/** What one event needs before it can be served. */
export interface Missing {
  readonly eventId: string
  /** Milliseconds since 1970. */
  readonly receivedAt: number
  /** A state is of no use once a newer one has been brought; a tip stands for itself. */
  readonly kind: 'state' | 'tip'
  /** Who has named whom to ask: what one asks for does not wait for what another does. */
  readonly party: string
  /** Where it belongs. */
  readonly repo: Repository
  /** What is brought is kept under these refs. */
  readonly wanted: ReadonlyMap<RefName, Oid>
  /** As the events name them. */
  readonly clone: readonly string[]
}

/**
 * Of each repository states first, the newest of them first. Who else announces the same identifier has no say in where
 * a repository's git data is looked for, and in what is looked for at all.
 */
export async function findMissing(parts: MissingParts, identifier: string): Promise<readonly Missing[]> {
  const rows = await parts.repositories.ofIdentifier(identifier)
  if (rows.length === 0) return []
  const signed = await readSigned(parts.events, identifier)
  const members = rows.map((row) => ({ row, authorised: authorisedStates(row.owner, signed, parts.rule) }))
  const missing: Missing[] = []
  for (const { row, authorised } of members) {
    const clone = cloneOf(row.owner, signed, parts.rule)
    for (const state of candidatesOf(authorised, row.appliedStateId)) {
      if (state.id === row.appliedStateId) continue
      const sources = members.filter((member) => member.authorised.some(({ id }) => id === state.id))
      const wanted = absentObjects(
        parts,
        sources.map((source) => source.row),
        row,
        state,
      )
      if (wanted.size > 0)
        missing.push(missingOf('state', row.owner, state.held, { repo: row.repo, wanted, clone }))
    }
    missing.push(...(await missingTips(parts, row, clone)))
  }
  return missing
}

/** As the maintainers of this owner name it, the owner first. */
function cloneOf(
  owner: string,
  { identifier, announcements }: SignedEvents,
  rule: MaintainerRule,
): readonly string[] {
  const lists = announcements.map(({ event }) => event)
  const keys = [...new Set([owner, ...maintainersOf(owner, identifier, lists, rule)])]
  return keys.flatMap((key) => lists.filter(({ pubkey }) => pubkey === key).flatMap(cloneTexts))
}

/**
 * What another repository has in which this state counts is copied from there. A state that says what is no object id
 * can never be had.
 */
function absentObjects(
  { objectsHere }: MissingParts,
  sources: readonly GraspRepository[],
  { repo }: GraspRepository,
  { declared: { refs } }: SignedState,
): ReadonlyMap<RefName, Oid> {
  const declared = [...new Set(refs.values())]
  const sound = declared.filter((oid) => oid?.length === oidLength(repo.objectFormat)) as Oid[]
  if (sound.length < declared.length) return new Map()
  let absent: readonly Oid[] = sound
  for (const source of sources) {
    const here = objectsHere(source.repo, absent)
    absent = absent.filter((oid) => !here.has(oid))
  }
  return new Map(absent.map((oid) => [huntRef(oid), oid]))
}

async function missingTips(
  { events, readRefs }: MissingParts,
  { repo, owner, identifier }: GraspRepository,
  clone: readonly string[],
): Promise<readonly Missing[]> {
  const held = await events.find({
    kinds: [KIND.pullRequest, KIND.pullRequestUpdate],
    tags: new Map([['a', [coordinateOf({ owner, identifier })]]]),
    statuses: ['purgatory'],
  })
  const refs = await readRefs(
    repo,
    held.map(({ event }) => tipRef(event.id)),
  )
  return held.flatMap((each) => {
    const [ref, tip] = [tipRef(each.event.id), tipOf(each.event)]
    if (tip === null || tip.length !== oidLength(repo.objectFormat) || refs.get(ref) === tip) return []
    const from = [...cloneTexts(each.event), ...clone]
    return [missingOf('tip', each.event.pubkey, each, { repo, wanted: new Map([[ref, tip]]), clone: from })]
  })
}

function missingOf(
  kind: Missing['kind'],
  by: string,
  { event, receivedAt }: HeldEvent,
  where: Pick<Missing, 'repo' | 'wanted' | 'clone'>,
): Missing {
  return { eventId: event.id, receivedAt, kind, party: `${where.repo.id} ${kind} ${by}`, ...where }
}
