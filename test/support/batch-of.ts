/** Objects as `git cat-file --batch` writes them. */

export interface SampleObject {
  readonly type: 'blob' | 'tree' | 'commit' | 'tag'
  readonly content: Buffer
}

export function blobOf(text: string): SampleObject {
  return { type: 'blob', content: Buffer.from(text, 'latin1') }
}

/** Their ids are their numbers: `oidOf`. */
export function batchOf(...objects: readonly SampleObject[]): Buffer {
  return Buffer.concat(
    objects.flatMap(({ type, content }, i) => [
      Buffer.from(`${oidOf(i)} ${type} ${String(content.length)}\n`),
      content,
      Buffer.from('\n'),
    ]),
  )
}

export function oidOf(number: number): string {
  return number.toString(16).padStart(40, '0')
}

/** A stream of it in pieces of `bytes`. */
export async function* inPieces(batch: Buffer, bytes: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < batch.length; at += bytes) {
    await Promise.resolve()
    yield batch.subarray(at, at + bytes)
  }
}
