/** May these refs move so? Pure: what is signed and what is pushed are compared, and nothing is looked up. @see GRASP-01 */
import type { Oid, RefName } from '../../../kernel/ids.ts'
import { isDelete, refuse, type Refusal, type RefUpdate } from '../../../kernel/ref-update.ts'
import { eventOfTip } from '../../../nostr/nip34/pull-request.ts'
import type { DeclaredState } from '../../../nostr/nip34/state.ts'

/** A state that may become what the repository has. */
export interface CandidateState {
  /** Of its event. */
  readonly id: string
  readonly declared: Pick<DeclaredState, 'refs'>
}

/** Commits that known pull requests name, by the id of their event; `null`: it names none. */
export type NamedTips = ReadonlyMap<string, Oid | null>

const STATED = /^refs\/(?:heads|tags)\//
/** ngit shows open pull requests there; they are never part of a state. */
const SHOWN_PULLS = 'refs/heads/pr/'
const TIPS = 'refs/nostr/'

/**
 * Branches and tags pass when one candidate declares all of them as they would be then: that state may be applied
 * as a whole afterwards. Tips of pull requests pass one by one.
 *
 * @param commands each ref once; a value that does not change always passes
 * @param candidates newest first, none older than what is applied
 * @param tips of the events under whose ids the commands push
 * @returns one refusal for every ref that must not move
 */
export function authorisePush(
  commands: readonly RefUpdate[],
  candidates: readonly CandidateState[],
  tips: NamedTips,
): readonly Refusal[] {
  const moves = commands.filter(({ oldOid, newOid }) => oldOid !== newOid)
  const stated = moves.filter(({ ref }) => isStated(ref))
  const others = moves.filter(({ ref }) => !isStated(ref))
  return [
    ...others.flatMap((command) => judgeOther(command, tips) ?? []),
    ...(authorising(stated, candidates) === null ? reasonsFor(stated, candidates) : []),
  ]
}

/** The newest state that declares all of these so; `null`: none does. */
export function authorising(
  moves: readonly RefUpdate[],
  candidates: readonly CandidateState[],
): CandidateState | null {
  return candidates.find((candidate) => moves.every((move) => isDeclared(move, candidate))) ?? null
}

/** Does a state decide about this ref? */
export function isStated(ref: RefName): boolean {
  return STATED.test(ref) && !ref.startsWith(SHOWN_PULLS)
}

function isDeclared(move: RefUpdate, { declared: { refs } }: CandidateState): boolean {
  return isDelete(move) ? !refs.has(move.ref) : refs.get(move.ref) === move.newOid
}

function reasonsFor(moves: readonly RefUpdate[], [newest]: readonly CandidateState[]): Refusal[] {
  if (newest === undefined) return moves.map(({ ref }) => refuse('STATE_MISSING', ref))
  return moves.map((move) => refuse('STATE_DIFFERS', move.ref, difference(move, newest)))
}

function difference(move: RefUpdate, state: CandidateState): string {
  const { id, declared } = state
  const name = move.ref.replace(STATED, '')
  const signed = `state ${id.slice(0, 8)}`
  if (isDeclared(move, state)) return `${signed} declares ${name} so, but not the other refs of this push`
  const asked = isDelete(move) ? 'you delete it' : `you push ${short(move.newOid)}`
  const oid = declared.refs.get(move.ref)
  if (oid === undefined) return `${signed} does not declare ${name}, ${asked}`
  return `${signed} declares ${name} at ${oid === null ? 'what is no object id' : short(oid)}, ${asked}`
}

/** @returns `null`: it may pass */
function judgeOther(command: RefUpdate, tips: NamedTips): Refusal | null {
  const { ref, newOid } = command
  if (ref.startsWith(SHOWN_PULLS))
    return refuse('REF_NOT_SIGNED', ref, 'below pr/ clients show pull requests')
  if (!ref.startsWith(TIPS)) return refuse('REF_NOT_SIGNED', ref)
  const event = eventOfTip(ref)
  if (event === null) return refuse('TIP_REFUSED', ref, 'this is not the id of an event')
  if (isDelete(command)) return refuse('TIP_REFUSED', ref, 'it is not deleted by a push')
  const named = tips.get(event)
  if (named === undefined || named === newOid) return null
  const what = named === null ? 'no commit' : short(named)
  return refuse('TIP_REFUSED', ref, `event ${event.slice(0, 8)} names ${what}, you push ${short(newOid)}`)
}

function short(oid: Oid): string {
  return oid.slice(0, 7)
}
