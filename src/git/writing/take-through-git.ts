/**
 * What the server makes itself is stored without a process, unless it holds files that git acts on wherever
 * they are checked out: those git looks at, by the rules by which it looks at a push.
 *
 * @see git-fsck(1), FSCK MESSAGES, gitmodules… and gitattributes…
 */
import { Readable } from 'node:stream'
import { AppError } from '../../kernel/errors.ts'
import type { ObjectFormat } from '../../kernel/ids.ts'
import type { Quarantine } from '../../kernel/ports.ts'
import { deflateAll } from '../quarantine/deflate-all.ts'
import type { HashedObject } from '../quarantine/hashed-object.ts'
import { buildPack } from '../quarantine/own-pack.ts'
import type { Change } from './change.ts'
import { isCheckedByGit } from './dot-git.ts'

/** Also for a directory or submodule of such a name, which git refuses. */
export function needsGit(changes: readonly Change[]): boolean {
  return changes.some(({ action, path }) => action !== 'delete' && path.split('/').some(isCheckedByGit))
}

/** @throws AppError `UNPROCESSABLE` with git's reason */
export async function takeThroughGit(
  quarantine: Pick<Quarantine, 'receive'>,
  objects: readonly HashedObject[],
  format: ObjectFormat,
): Promise<void> {
  const distinct = [...new Map(objects.map((object) => [object.oid, object])).values()]
  const { pack } = buildPack(await deflateAll(distinct, ({ content }) => content), format)
  try {
    await quarantine.receive(Readable.from([pack]), { announcedBytes: pack.length })
  } catch (err) {
    if (!(err instanceof AppError && err.code === 'PACK_REJECTED')) throw err
    const { reason } = err.details as { reason: string }
    throw new AppError('UNPROCESSABLE', { details: { reason }, cause: err })
  }
}
