/** Whether an answer is worth the disk before anybody has asked for it again. */
import { readdirSync, statSync } from 'node:fs'
import type { RepoHandle } from '../../kernel/repository.ts'
import { objectDirectories } from '../objects/alternates.ts'
import type { FetchArguments } from '../wire/fetch-arguments.ts'

/**
 * A pack that is made for one fetch costs git far more than it costs to write it down. Not so a full clone:
 * git copies most of it, and to write down what nobody asks for again would cost a fifth as much once more.
 */
const MAX_FULL_CLONE_BYTES = 8 * 1024 * 1024

export function isSharedAtOnce(repo: RepoHandle, args: FetchArguments): boolean {
  return !isFullClone(args) || packedBytes(repo) <= MAX_FULL_CLONE_BYTES
}

function isFullClone({ haves, deepen, deepenSince, filter }: FetchArguments): boolean {
  return haves.length === 0 && deepen === null && deepenSince === null && filter === null
}

function packedBytes({ path }: RepoHandle): number {
  const sizes = objectDirectories(`${path}/objects`).flatMap((directory) => packSizes(`${directory}/pack`))
  return sizes.reduce((sum, bytes) => sum + bytes, 0)
}

function packSizes(directory: string): number[] {
  return namesIn(directory)
    .filter((name) => name.endsWith('.pack'))
    .map((name) => statSync(`${directory}/${name}`, { throwIfNoEntry: false })?.size ?? 0)
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory)
  } catch {
    return []
  }
}
