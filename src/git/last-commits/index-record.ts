/** One directory in the file of last commits, as bytes; see index-file.ts. */
import type { ObjectFormat, Oid } from '../../kernel/ids.ts'
import type { EntryKey, PathKey } from './entry-key.ts'

export interface LastTouch {
  readonly commit: Oid
  /**
   * The line of first parents was left here on the way to `commit`: 0 is the head that the file was made for, 1 its
   * first parent. From the head up to here the same commit touched the entry last; further back another one did.
   */
  readonly depth: number
}

export interface DirectoryRecord {
  readonly directory: PathKey
  /** Entries of which nothing is known are left out. */
  readonly touches: ReadonlyMap<EntryKey, LastTouch>
}

const WORD = 4

export function recordBytes(record: Buffer): number {
  return record.readUInt32BE()
}

/** Length of all, path, ids of commits, then each entry with the place of its commit among them. */
export function writeRecord({ directory, touches }: DirectoryRecord): Buffer {
  const commits = [...new Set(Array.from(touches.values(), ({ commit }) => commit))]
  const places = new Map(commits.map((commit, place) => [commit, place]))
  const parts = [
    textBytes(directory),
    word(commits.length),
    ...commits.map((commit) => Buffer.from(commit, 'hex')),
    word(touches.size),
  ]
  for (const [entry, { commit, depth }] of touches) {
    parts.push(textBytes(entry), word(places.get(commit) ?? 0), word(depth))
  }
  const body = Buffer.concat(parts)
  return Buffer.concat([word(WORD + body.length), body])
}

/** Of a file whose checksum was right. @throws RangeError */
export function parseRecord(record: Buffer, format: ObjectFormat): DirectoryRecord {
  const oidBytes = format === 'sha1' ? 20 : 32
  let at = WORD
  const number = () => record.readUInt32BE((at += WORD) - WORD)
  const text = () => {
    const length = number()
    return record.toString('latin1', at, (at += length))
  }
  const directory = text()
  const commits = Array.from({ length: number() }, () => record.toString('hex', at, (at += oidBytes)) as Oid)
  const touches = new Map<EntryKey, LastTouch>()
  for (let left = number(); left > 0; left--) {
    const entry = text()
    const commit = commits[number()]
    const depth = number()
    if (commit !== undefined) touches.set(entry, { commit, depth })
  }
  return { directory, touches }
}

function textBytes(text: string): Buffer {
  const bytes = Buffer.from(text, 'latin1')
  return Buffer.concat([word(bytes.length), bytes])
}

function word(value: number): Buffer {
  const bytes = Buffer.alloc(WORD)
  bytes.writeUInt32BE(value)
  return bytes
}
