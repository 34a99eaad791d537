/** Objects of the repository by id: in batches, their sizes and types. */
import { CommandError } from '../../command-error.ts'
import { records, recordsOf } from './records.ts'
import type { Git } from './repository.ts'
import type { Batch, ObjectType } from './source.ts'

/** Enough that starting git does not count, few enough that all cores get some. */
const BATCH_OBJECTS = 4_096

/** @param oids many at a time */
export async function* batchesOf(git: Git, oids: AsyncIterable<readonly string[]>): AsyncGenerator<Batch> {
  let batch: string[] = []
  for await (const some of oids) {
    batch.push(...some)
    while (batch.length >= BATCH_OBJECTS) {
      yield batchOf(git, batch.slice(0, BATCH_OBJECTS))
      batch = batch.slice(BATCH_OBJECTS)
    }
  }
  if (batch.length > 0) yield batchOf(git, batch)
}

function batchOf(git: Git, oids: readonly string[]): Batch {
  return {
    objects: oids.length,
    contents: () => git(['cat-file', '--batch', '--buffer'], linesOf(oids)),
  }
}

/** @throws CommandError `failure`: one is missing */
export async function sizeOf(
  git: Git,
  oids: AsyncIterable<readonly string[]>,
): Promise<{ objects: number; bytes: number }> {
  let [objects, bytes] = [0, 0]
  for await (const lines of recordsOf(git(['cat-file', '--batch-check', '--buffer'], eachLine(oids)), '\n')) {
    for (const line of lines) {
      const [oid = '', , size] = line.split(' ')
      if (size === undefined) throw missing(oid)
      objects++
      bytes += Number(size)
    }
  }
  return { objects, bytes }
}

export async function typesOf(git: Git, oids: readonly string[]): Promise<ReadonlyMap<string, ObjectType>> {
  const lines = await records(git(['cat-file', '--batch-check', '--buffer'], linesOf(oids)), '\n')
  return new Map(lines.map((line) => line.split(' ').slice(0, 2) as [string, ObjectType]))
}

function missing(oid: string): CommandError {
  return new CommandError(
    'failure',
    `object ${oid} is missing`,
    'git fsck tells what else the repository lacks',
  )
}

function linesOf(oids: readonly string[]): readonly string[] {
  return oids.length === 0 ? [] : [`${oids.join('\n')}\n`]
}

async function* eachLine(oids: AsyncIterable<readonly string[]>): AsyncGenerator<string> {
  for await (const some of oids) yield* linesOf(some)
}
