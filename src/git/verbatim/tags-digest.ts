/** A digest of all tags of a repository: the same as long as `include-tag` adds the same ones to a pack. */
import { createHash } from 'node:crypto'
import type { RefSnapshot } from '../refs/ref-snapshot.ts'

/** Remembered in the snapshot. */
export function tagsDigest(snapshot: RefSnapshot): string {
  const digest = snapshot.answers.get('digest of refs/tags', () => {
    const packets = snapshot.write(
      { prefixes: ['refs/tags/'], hidden: [] },
      { peeled: 'omit', symrefs: false },
    )
    return createHash('sha256').update(Buffer.concat(packets)).digest()
  })
  return digest.toString('hex')
}
