/** 1 GiB that no compression makes smaller. */
import type { ImportedCommit } from './fast-import.ts'
import { randomBytes } from './random-bytes.ts'

const BLOB_BYTES = 16 * 1024 ** 2
const BLOBS = 64

/** A blob and a commit at a time. */
export function* largeHistory(): Generator<ImportedCommit> {
  for (let at = 0; at < BLOBS; at++) {
    const content = randomBytes(`large/${at}`, BLOB_BYTES)
    yield { message: `blob ${at}\n`, files: new Map([[`blob-${at}.bin`, content]]) }
  }
}
