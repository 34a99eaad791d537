/**
 * Finds out whether the only pack of a repository holds exactly what the refs lead to that clients see, and writes
 * down what was found. What only a hidden ref, or nobody, leads to makes it more than that: such a pack never goes out.
 */
import { mkdir, rm, symlink } from 'node:fs/promises'
import { AppError } from '../../kernel/errors.ts'
import type { Oid } from '../../kernel/ids.ts'
import type { RepoHandle } from '../../kernel/repository.ts'
import { askGit, type MaintenanceGit } from '../maintenance/caps.ts'
import { PackIndex } from '../objects/pack-index.ts'
import type { RefSnapshot } from '../refs/ref-snapshot.ts'
import { clonePackPath, readClonePack, writeClonePack, type ClonePack } from './clone-pack.ts'
import { findOnlyPack, type PackFile } from './only-pack.ts'
import { commitsOf, shownTips, sortTips } from './shown-tips.ts'
import { tagsDigest } from './tags-digest.ts'

export interface ProveClonePackParts {
  readonly git: MaintenanceGit
  readonly snapshots: { get(repo: RepoHandle): Promise<RefSnapshot> }
  /** Prefixes of refs that no client sees. */
  readonly hidden: readonly string[]
}

/** A client that wants more is not read as a whole, see fetch-arguments.ts. */
const MAX_TIPS = 4_096
const HOUR_MS = 3600_000
/** @see git-rev-list(1): 128 when an object is missing */
const OR_MISSING = [0, 128]

/**
 * Nobody else may look after the repository meanwhile; refs may move. A proof that git cannot bring to its end, for
 * want of time or memory, is none.
 *
 * @returns whether there is such a pack now
 * @throws AppError `LAUNCHER_LOST`; the reason of the signal
 */
export async function proveClonePack(
  parts: ProveClonePackParts,
  repo: RepoHandle,
  signal: AbortSignal,
): Promise<boolean> {
  const pack = await findOnlyPack(repo)
  if (pack !== null && pack.name === (await readClonePack(repo))?.name) return true
  await rm(clonePackPath(repo), { force: true })
  const proven = pack && (await prove(parts, repo, pack, signal).catch(noneIfGitFailed))
  if (proven === null) return false
  await writeClonePack(repo, proven)
  return true
}

async function prove(
  { git, snapshots, hidden }: ProveClonePackParts,
  repo: RepoHandle,
  pack: PackFile,
  signal: AbortSignal,
): Promise<ClonePack | null> {
  const snapshot = await snapshots.get(repo)
  const tips = shownTips(snapshot, hidden)
  if (tips.length === 0 || tips.length > MAX_TIPS || !areAllIn(repo, pack, tips)) return null
  const commits = commitsOf(repo, tips)
  const independent = await independentOf(git, repo, commits, signal)
  const { required, tags } = sortTips(tips, { commits, independent })
  if ((await countReached(git, repo, pack, [...required, ...tags], signal)) !== pack.objects) return null
  const all = new Set(tips.map(({ oid }) => oid))
  return { ...pack, required, tags, tips: all, tagsDigest: tagsDigest(snapshot) }
}

function noneIfGitFailed(err: unknown): null {
  if (err instanceof AppError && err.code === 'GIT_FAILED') return null
  throw err
}

function areAllIn(repo: RepoHandle, { name }: PackFile, tips: readonly { readonly oid: Oid }[]): boolean {
  const hashBytes = repo.objectFormat === 'sha1' ? 20 : 32
  using index = new PackIndex(`${repo.path}/objects/pack/${name}.idx`, hashBytes)
  return tips.every(({ oid }) => index.find(Buffer.from(oid, 'hex')) !== null)
}

/** @see git-merge-base(1), --independent */
async function independentOf(
  git: MaintenanceGit,
  repo: RepoHandle,
  commits: ReadonlySet<Oid>,
  signal: AbortSignal,
): Promise<ReadonlySet<Oid>> {
  if (commits.size < 2) return commits
  const args = ['merge-base', '--independent', ...commits]
  const { stdout } = await askGit(git, repo, { args, wallMs: HOUR_MS }, { signal })
  return new Set(stdout.toString().trimEnd().split('\n') as Oid[])
}

/** How many objects the tips lead to, seen by a git that has this pack and nothing else; `null`: one is missing. */
async function countReached(
  git: MaintenanceGit,
  repo: RepoHandle,
  { name }: PackFile,
  tips: readonly Oid[],
  signal: AbortSignal,
): Promise<number | null> {
  const alone = `${repo.path}/clone-pack.alone`
  await rm(alone, { recursive: true, force: true }) // of a run that was killed
  await mkdir(`${alone}/pack`, { recursive: true })
  try {
    for (const ending of ['pack', 'idx'])
      await symlink(`${repo.path}/objects/pack/${name}.${ending}`, `${alone}/pack/${name}.${ending}`)
    const args = ['rev-list', '--objects', '--count', '--stdin']
    const question = { args, env: { GIT_OBJECT_DIRECTORY: alone }, wallMs: 6 * HOUR_MS }
    const input = tips.map((oid) => `${oid}\n`).join('')
    const { code, stdout } = await askGit(git, repo, question, { input, okCodes: OR_MISSING, signal })
    return code === 0 ? Number(stdout.toString()) : null
  } finally {
    await rm(alone, { recursive: true, force: true })
  }
}
