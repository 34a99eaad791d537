/** Contents of the versions of conflicting files, as much of them as an answer may hold. */
import { createHash, randomUUID } from 'node:crypto'
import { AppError } from '../../kernel/errors.ts'
import { parseOid, type Oid } from '../../kernel/ids.ts'
import type { ObjectReader } from '../../kernel/ports.ts'
import type { RepoHandle } from '../../kernel/repository.ts'
import type { StoredObjects } from '../objects/stored-objects.ts'

/** Of one version of a file. */
const MAX_SIDE_BYTES = 64 * 1024
/** Of all contents together. */
const MAX_ANSWER_BYTES = 8 * 1024 * 1024

export interface ContentParts {
  readonly objects: Pick<StoredObjects, 'blob'>
  readonly repo: RepoHandle
  /** Holds what the merge made. */
  readonly quarantine: Pick<ObjectReader, 'git'>
}

/** `too-large`: for one version, or after those before it for the answer. `unreadable`: not UTF-8, and new. */
export type Content = Buffer | 'too-large' | 'unreadable'

/**
 * By id of the blob.
 *
 * @param blobs in the order of their worth; as often as the answer will hold each
 * @throws AppError `GIT_FAILED`, `LAUNCHER_LOST`
 */
export async function readContents(
  parts: ContentParts,
  blobs: readonly Oid[],
): Promise<ReadonlyMap<Oid, Content>> {
  const contents = new Map<Oid, Content>()
  const made: Oid[] = []
  for (const oid of new Set(blobs)) {
    const content = await readStored(parts, oid)
    if (content === null) made.push(oid)
    else contents.set(oid, content)
  }
  for (const [oid, content] of await readMade(parts, made)) contents.set(oid, content)
  return withinAnswer(contents, blobs)
}

/** @returns `null` for what the repository does not have */
async function readStored({ objects, repo }: ContentParts, oid: Oid): Promise<Content | null> {
  try {
    return await objects.blob(repo, oid, { maxBytes: MAX_SIDE_BYTES })
  } catch (err) {
    if (err instanceof AppError && err.code === 'PAYLOAD_TOO_LARGE') return 'too-large'
    throw err
  }
}

/** By two processes, however many there are. git's words come as text, so a blob that is none is unreadable. */
async function readMade(
  { quarantine, repo }: ContentParts,
  oids: readonly Oid[],
): Promise<ReadonlyMap<Oid, Content>> {
  const contents = new Map<Oid, Content>(oids.map((oid) => [oid, 'too-large']))
  const small = await smallOnes(quarantine, oids)
  if (small.length === 0) return contents
  const fence = randomUUID() // no object, and in no file: git says so between any two
  const input = small.map((oid) => `${oid}\n${fence}\n`).join('')
  const answers = (await quarantine.git(['cat-file', '--batch'], { input })).split(`\n${fence} missing\n`)
  for (const [i, oid] of small.entries()) {
    const answer = answers[i] ?? ''
    const content = Buffer.from(answer.slice(answer.indexOf('\n') + 1))
    contents.set(oid, blobId(content, repo) === oid ? content : 'unreadable')
  }
  return contents
}

async function smallOnes(
  quarantine: Pick<ObjectReader, 'git'>,
  oids: readonly Oid[],
): Promise<readonly Oid[]> {
  if (oids.length === 0) return []
  const args = ['cat-file', '--batch-check=%(objectname) %(objectsize)']
  const sizes = await quarantine.git(args, { input: oids.map((oid) => `${oid}\n`).join('') })
  const lines = sizes.trimEnd().split('\n')
  return lines.flatMap((line) => {
    const [oid = '', size] = line.split(' ')
    return Number(size) <= MAX_SIDE_BYTES ? [parseOid(oid)] : []
  })
}

/** One content may stand at ten thousand paths: it counts as often. */
function withinAnswer(contents: ReadonlyMap<Oid, Content>, blobs: readonly Oid[]): ReadonlyMap<Oid, Content> {
  const times = new Map<Oid, number>()
  for (const oid of blobs) times.set(oid, (times.get(oid) ?? 0) + 1)
  const kept = new Map<Oid, Content>()
  let left = MAX_ANSWER_BYTES
  for (const [oid, count] of times) {
    const content = contents.get(oid) ?? 'too-large'
    if (Buffer.isBuffer(content)) left -= content.length * count
    kept.set(oid, left < 0 ? 'too-large' : content)
  }
  return kept
}

function blobId(content: Buffer, { objectFormat }: RepoHandle): string {
  return createHash(objectFormat).update(`blob ${content.length}\0`).update(content).digest('hex')
}
