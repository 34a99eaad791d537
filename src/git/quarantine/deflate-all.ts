/** Compresses many contents: small ones at once, large ones on the threads of libuv. */
import { setImmediate as turn } from 'node:timers/promises'
import { promisify } from 'node:util'
import { deflate, deflateSync } from 'node:zlib'
import type { HashedObject } from './hashed-object.ts'

export interface Deflated {
  readonly object: HashedObject
  readonly deflated: Buffer
}

const zip = promisify<Buffer, object, Buffer>(deflate)
/** As git's core.looseCompression. */
const LEVEL = { level: 1 }
/** Below this, handing it to a thread costs ten times what the work does. */
const SMALL_BYTES = 4 * 1024
/** Other requests shall wait some milliseconds at most. */
const BETWEEN_TURNS_BYTES = 128 * 1024
/** What a small one costs beside its bytes, as bytes. */
const EACH_BYTES = 1024

/** @param contentOf what is to be compressed of each; called once */
export async function deflateAll(
  objects: readonly HashedObject[],
  contentOf: (object: HashedObject) => Buffer,
): Promise<Deflated[]> {
  const results: Promise<Deflated>[] = []
  let done = 0
  for (const object of objects) {
    const content = contentOf(object)
    results.push(deflateOne(object, content))
    if (content.length <= SMALL_BYTES) done += EACH_BYTES + content.length
    if (done < BETWEEN_TURNS_BYTES) continue
    done = 0
    await turn()
  }
  return Promise.all(results)
}

async function deflateOne(object: HashedObject, content: Buffer): Promise<Deflated> {
  const deflated = content.length <= SMALL_BYTES ? deflateSync(content, LEVEL) : await zip(content, LEVEL)
  return { object, deflated }
}
