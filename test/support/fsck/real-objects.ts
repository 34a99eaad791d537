/** Commits, trees and tags of a repository that people have made. */
import type { ObjectType } from '../../../src/git/objects/object-type.ts'
import type { ObjectFormat } from '../../../src/kernel/ids.ts'
import { runGit } from '../actor.ts'
import { objectOf, type HashedObject } from './object-text.ts'

const TYPES: readonly string[] = ['commit', 'tree', 'tag']
/** To be mutated: a larger one takes the time of many. */
const MAX_BYTES = 4_096

/** @param count about so many, spread over all there are; none of a repository of the other format */
export async function realObjects(
  repository: string,
  format: ObjectFormat,
  count: number,
  maxBytes = MAX_BYTES,
): Promise<HashedObject[]> {
  const { stdout: own } = await runGit(['rev-parse', '--show-object-format'], { cwd: repository })
  if (own.trim() !== format) return []
  const all = [
    'cat-file',
    '--batch-all-objects',
    '--unordered',
    '--batch-check=%(objectname) %(objecttype) %(objectsize)',
  ]
  const { stdout } = await runGit(all, { cwd: repository })
  const fit = stdout.split('\n').filter((line) => {
    const [, type = '', size] = line.split(' ')
    return TYPES.includes(type) && Number(size) <= maxBytes
  })
  const step = Math.max(1, Math.floor(fit.length / count))
  const chosen = fit.filter((_, i) => i % step === 0)
  const input = chosen.map((line) => `${line.split(' ')[0] ?? ''}\n`).join('')
  const { bytes } = await runGit(['cat-file', '--batch'], { cwd: repository, input })
  return [...readBatch(bytes, format)]
}

function* readBatch(bytes: Buffer, format: ObjectFormat): Iterable<HashedObject> {
  for (let at = 0; at < bytes.length;) {
    const start = bytes.indexOf('\n', at) + 1
    const [, type, size] = bytes.toString('latin1', at, start).split(' ')
    const end = start + Number(size)
    yield objectOf(type as ObjectType, bytes.subarray(start, end), format)
    at = end + 1
  }
}
