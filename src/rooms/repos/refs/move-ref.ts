/** Makes and removes single refs, through the door. */
import { apiPush, type Writer } from '../../../kernel/api-push.ts'
import type { Door } from '../../../kernel/door.ts'
import { AppError } from '../../../kernel/errors.ts'
import { zeroOid, type Oid, type RefName } from '../../../kernel/ids.ts'
import type { Quarantine } from '../../../kernel/ports.ts'
import { firstRefusal, refusalError } from '../../../kernel/refusal-error.ts'
import type { Refusal, RefUpdate } from '../../../kernel/ref-update.ts'
import { updateRefs } from '../../../kernel/update-refs.ts'

/**
 * On disk when it resolves.
 *
 * @param make its value; may store objects
 * @throws AppError `ALREADY_EXISTS`; the refusal of the door
 */
export async function createRef(
  door: Door,
  writer: Writer,
  ref: RefName,
  make: (quarantine: Quarantine) => Promise<Oid>,
): Promise<Oid> {
  await using quarantine = door.store.openQuarantine(writer.repo)
  const newOid = await make(quarantine)
  const update = { ref, oldOid: zeroOid(writer.repo.objectFormat), newOid }
  const refusal = await move(door, writer, update, quarantine)
  if (refusal?.code === 'REF_STALE') throw new AppError('ALREADY_EXISTS', { details: { ref } })
  if (refusal) throw refusalError(refusal)
  return newOid
}

/**
 * Gone from the disk when it resolves.
 *
 * @param expected value that the client believes the ref has; `null`: any
 * @throws AppError `NOT_FOUND`; `PRECONDITION_FAILED` with `details.actual`; the refusal of the door
 */
export async function deleteRef(
  door: Door,
  writer: Writer,
  ref: RefName,
  expected: string | null,
): Promise<void> {
  const actual = (await door.store.readRefs(writer.repo, [ref])).get(ref) ?? null
  if (actual === null) throw new AppError('NOT_FOUND', { details: { reason: 'no such ref', ref } })
  if (expected !== null && expected !== actual)
    throw new AppError('PRECONDITION_FAILED', { details: { expected, actual } })
  await using quarantine = door.store.openQuarantine(writer.repo)
  const update = { ref, oldOid: actual, newOid: zeroOid(writer.repo.objectFormat) }
  const refusal = await move(door, writer, update, quarantine)
  if (refusal?.code === 'REF_STALE' && expected !== null) return deleteRef(door, writer, ref, expected) // says 412
  if (refusal) throw refusalError(refusal)
}

async function move(
  door: Door,
  writer: Writer,
  update: RefUpdate,
  quarantine: Quarantine,
): Promise<Refusal | null> {
  const push = apiPush(writer, { updates: [update], via: 'api' })
  return firstRefusal((await updateRefs(door, push, quarantine, null)).results)
}
