/** Lists what a push has brought into its quarantine, and the repository did not have. */
import { readdir } from 'node:fs/promises'
import { isOid } from '../../kernel/ids.ts'
import type { PushedObject } from '../../kernel/ports.ts'
import type { RepoHandle } from '../../kernel/repository.ts'
import { checkExit } from '../git-reader.ts'
import type { ResourceLimits } from '../launcher/environment.ts'
import type { Launcher } from '../launcher/launcher.ts'
import { ObjectProbe } from '../objects/object-probe.ts'
import { isObjectType } from '../objects/object-type.ts'
import { looseEntry, looseOids } from './loose-entry.ts'

type Page = readonly PushedObject[]

const MAX_PAGE = 1_000
const ARGS = [
  'cat-file',
  '--batch-all-objects',
  '--unordered',
  '--buffer',
  '--batch-check=%(objectname) %(objecttype) %(objectsize)',
]
const WALL_MS = 10 * 60_000

/**
 * Pages of at most 1,000. A base that a thin pack was completed with is left out, as is what was pushed again.
 *
 * @param directory object directory of the quarantine; `null`: nothing was stored
 * @throws AppError `GIT_FAILED`, `LAUNCHER_LOST`
 */
export async function* pushedObjects(
  launcher: Launcher,
  repo: RepoHandle,
  directory: string | null,
  resources: ResourceLimits,
): AsyncIterable<Page> {
  if (directory === null) return
  const pages = (await hasPacks(directory))
    ? listedByGit(launcher, repo, directory, resources)
    : looseEntries(directory)
  using known = new ObjectProbe(repo)
  for await (const page of pages) {
    const fresh = page.filter(({ oid }) => known.type(oid) === null) // also what cannot be read there
    if (fresh.length > 0) yield fresh
  }
}

async function hasPacks(directory: string): Promise<boolean> {
  return (await readdir(directory)).includes('pack')
}

/** git stores fewer than a hundred objects loose, and we even less. */
async function* looseEntries(directory: string): AsyncIterable<Page> {
  for (const oids of pagesOf(await looseOids(directory))) yield oids.map((oid) => looseEntry(directory, oid))
}

async function* listedByGit(
  launcher: Launcher,
  repo: RepoHandle,
  directory: string,
  resources: ResourceLimits,
): AsyncIterable<Page> {
  await launcher.ready()
  // the alternate is left out, so that git lists only what lies in the quarantine itself
  const env = { GIT_DIR: repo.path, GIT_OBJECT_DIRECTORY: directory }
  const git = launcher.start({ cwd: repo.path, args: ARGS, env, wallMs: WALL_MS, ...resources })
  try {
    git.stdin.end()
    for await (const lines of wholeLines(git.stdout)) yield* pagesOf(lines.map(parseLine))
    checkExit(ARGS, await git.exited)
  } finally {
    git.kill()
  }
}

async function* wholeLines(stdout: AsyncIterable<Buffer>): AsyncIterable<readonly string[]> {
  let rest = ''
  for await (const chunk of stdout) {
    const lines = (rest + chunk.toString('latin1')).split('\n')
    rest = lines.pop() ?? ''
    yield lines
  }
  if (rest !== '') throw new Error('cat-file: the last line has no end')
}

function parseLine(line: string): PushedObject {
  const [oid = '', type = '', bytes] = line.split(' ')
  if (!isOid(oid) || !isObjectType(type)) throw new Error(`cat-file: unexpected line: ${line.slice(0, 100)}`)
  return { oid, type, bytes: Number(bytes) }
}

export function* pagesOf<T>(items: readonly T[]): Generator<readonly T[]> {
  for (let at = 0; at < items.length; at += MAX_PAGE) yield items.slice(at, at + MAX_PAGE)
}
