/** Objects of a push as bytes: a few small ones that lie loose are read here, all others by one `cat-file --batch`. */
import type { Oid } from '../../kernel/ids.ts'
import type { RepoHandle } from '../../kernel/repository.ts'
import { checkExit } from '../git-reader.ts'
import type { ResourceLimits } from '../launcher/environment.ts'
import type { Launcher } from '../launcher/launcher.ts'
import type { ObjectType } from '../objects/object-type.ts'
import { smallLooseContent } from './loose-entry.ts'

/** Larger blobs are streamed, and do not stand in git's memory. */
const ARGS = ['-c', 'core.bigFileThreshold=8m', 'cat-file', '--batch', '--buffer']
const WALL_MS = 60 * 60_000
/** As many as a push has that git stores loose. */
const FEW = 100
const LINE_FEED = Buffer.from('\n')

export interface WantedContents {
  /** Object directory of the quarantine; `null`: nothing was stored. */
  readonly directory: string | null
  /** In which git sees the objects. */
  readonly environment: Readonly<Record<string, string>>
  readonly resources: ResourceLimits
  readonly signal?: AbortSignal | undefined
}

/** @returns as `PushedObjects.contents`, small ones first. @throws AppError `GIT_FAILED`, `LAUNCHER_LOST` */
export async function* contentsOf(
  launcher: Launcher,
  repo: RepoHandle,
  oids: readonly Oid[],
  wanted: WantedContents,
): AsyncIterable<Buffer> {
  const { directory } = wanted
  const left: Oid[] = []
  for (const oid of oids) {
    const small = directory === null || oids.length > FEW ? null : await smallLooseContent(directory, oid)
    if (small === null) left.push(oid)
    else {
      yield batchEntry(oid, small.entry.type, small.content)
    }
  }
  yield* fromGit(launcher, repo, left, wanted)
}

/** @see git-cat-file(1), BATCH OUTPUT */
export function batchEntry(oid: Oid, type: ObjectType, content: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`${oid} ${type} ${content.length}\n`), content, LINE_FEED])
}

async function* fromGit(
  launcher: Launcher,
  repo: RepoHandle,
  oids: readonly Oid[],
  { environment, resources, signal }: WantedContents,
): AsyncIterable<Buffer> {
  if (oids.length === 0) return
  await launcher.ready()
  const spec = { cwd: repo.path, args: ARGS, env: environment, wallMs: WALL_MS, ...resources }
  const git = launcher.start(spec, signal ? { signal } : {})
  try {
    git.stdin.on('error', () => {}) // git may end first; `exited` tells
    git.stdin.end(oids.map((oid) => `${oid}\n`).join(''))
    for await (const chunk of git.stdout) yield chunk as Buffer
    checkExit(ARGS, await git.exited)
  } finally {
    git.kill()
  }
}
