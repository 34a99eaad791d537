/** What an update brings: its kind and its commits. Without a process for the common small push. */
import type { CommitSummary, MovedRef } from '../../kernel/events.ts'
import { parseOid, type Oid } from '../../kernel/ids.ts'
import type { ObjectReader } from '../../kernel/ports.ts'
import { isCreate, isDelete, type RefUpdate } from '../../kernel/ref-update.ts'
import type { Gained } from './known-history.ts'
import { summarize, type LooseObject } from './loose-commit.ts'

export interface NewObjects extends Pick<ObjectReader, 'git'> {
  /** A commit in the quarantine; `null` when it is not there, `other` when git has to look. */
  readonly commitIn: (oid: Oid) => Promise<LooseObject>
  /** What the repository's own commit `tip` has more than `old`; `null` when git has to look. */
  readonly gainedSince: (old: Oid, tip: Oid) => Promise<Gained | null>
  /** `rev-list` words that leave out what the repository had. */
  readonly notKnown: () => Promise<readonly string[]>
}

type What = Pick<MovedRef, 'kind' | 'commits' | 'total'>

/** Listed in an event; `total` counts all. */
const MAX_COMMITS = 20
/** A push of more refs gets no lists of commits from git, only kinds. */
const MAX_DETAILED = 64
/** Of all that an event lists of commits, as JSON: what is read by the page must not grow by tiny pushes. */
const MAX_LISTED_BYTES = 1024 * 1024
const FORMAT = '--format=%H%n%an%n%ae%n%B'
const LOG = ['log', '-z', '--no-color', '--encoding=UTF-8', '--no-mailmap', FORMAT, `-${MAX_COMMITS}`]
/** git's answer when an id is no commit. */
const NOT_A_COMMIT = 128
const AT_ONCE = 4

export async function describeUpdates(
  objects: NewObjects,
  updates: readonly RefUpdate[],
): Promise<MovedRef[]> {
  const isDetailed = updates.length <= MAX_DETAILED
  const moved: MovedRef[] = []
  for (let at = 0; at < updates.length; at += AT_ONCE) {
    const batch = updates.slice(at, at + AT_ONCE)
    moved.push(...(await Promise.all(batch.map((update) => describe(objects, update, isDetailed)))))
  }
  return withinBounds(moved)
}

/** Where the lists become too long, the oldest of that ref and all of later refs are left out of them. */
function withinBounds(moved: readonly MovedRef[]): MovedRef[] {
  let left = MAX_LISTED_BYTES
  const fits = (commit: CommitSummary) => (left -= Buffer.byteLength(JSON.stringify(commit))) >= 0
  return moved.map((ref) => ({ ...ref, commits: ref.commits.filter(fits) }))
}

async function describe(objects: NewObjects, update: RefUpdate, isDetailed: boolean): Promise<MovedRef> {
  const what =
    withoutCommits(update) ??
    (await alongNewCommits(objects, update)) ??
    (isCreate(update)
      ? await createdByGit(objects, update, isDetailed)
      : await updatedByGit(objects, update, isDetailed))
  return { ...update, ...what }
}

function withoutCommits(update: RefUpdate): What | null {
  if (isDelete(update)) return { kind: 'delete', commits: [], total: 0 }
  if (update.ref.startsWith('refs/tags/') && isCreate(update))
    return { kind: 'create', commits: [], total: 0 }
  return null
}

/**
 * Walks back from the new value while commits are in the quarantine, down to the old value or to what the
 * repository has.
 *
 * @returns `null` when that does not lead to an answer
 */
async function alongNewCommits(objects: NewObjects, update: RefUpdate): Promise<What | null> {
  if (update.ref.startsWith('refs/tags/')) return null
  const commits: CommitSummary[] = []
  const found = (kind: What['kind'], more: readonly CommitSummary[] = []): What => ({
    kind,
    commits: [...commits, ...more].slice(0, MAX_COMMITS),
    total: commits.length + more.length,
  })
  for (let oid: Oid | undefined = update.newOid; ;) {
    if (oid === update.oldOid) return found('update')
    const commit: LooseObject = await objects.commitIn(oid)
    if (commit === null) {
      if (isCreate(update)) return found('create')
      const gained = await objects.gainedSince(update.oldOid, oid)
      return gained && found(gained.isAhead ? 'update' : 'force', gained.commits)
    }
    if (commit.type !== 'commit') return null
    commits.push(commit.summary)
    if (commit.parents.length > 1) {
      const brought = await broughtByMerge(objects, update, commit.parents)
      return brought && found(isCreate(update) ? 'create' : 'update', brought)
    }
    oid = commit.parents[0]
    if (oid === undefined) return found(isCreate(update) ? 'create' : 'force')
  }
}

/**
 * What comes with a merge of commits that the repository has: into the old value, or at a new ref.
 *
 * @returns `null` when git has to look
 */
async function broughtByMerge(
  { commitIn, gainedSince }: NewObjects,
  update: RefUpdate,
  parents: readonly Oid[],
): Promise<readonly CommitSummary[] | null> {
  if (isCreate(update)) {
    const sides = await Promise.all(parents.map(commitIn))
    return sides.every((side) => side === null) ? [] : null
  }
  const [parent, merged, ...others] = parents
  if (parent !== update.oldOid || merged === undefined || others.length > 0) return null
  return (await gainedSince(update.oldOid, merged))?.commits ?? null
}

async function createdByGit(objects: NewObjects, { newOid }: RefUpdate, isDetailed: boolean): Promise<What> {
  if (!isDetailed) return { kind: 'create', commits: [], total: 0 }
  const notKnown = await objects.notKnown()
  const okCodes = [0, NOT_A_COMMIT]
  const [log, count] = await Promise.all([
    objects.git([...LOG, newOid, ...notKnown], { okCodes }),
    objects.git(['rev-list', '--count', newOid, ...notKnown], { okCodes }),
  ])
  return { kind: 'create', commits: parseLog(log), total: Number(count.trim()) }
}

async function updatedByGit(objects: NewObjects, update: RefUpdate, isDetailed: boolean): Promise<What> {
  const { oldOid, newOid, ref } = update
  const okCodes = [0, NOT_A_COMMIT]
  const withCommits = isDetailed && !ref.startsWith('refs/tags/')
  const [counts, log] = await Promise.all([
    objects.git(['rev-list', '--count', '--left-right', `${oldOid}...${newOid}`], { okCodes }),
    withCommits ? objects.git([...LOG, `${oldOid}..${newOid}`], { okCodes }) : '',
  ])
  const [lost, gained] = counts.trim().split('\t')
  const kind = lost === '0' ? 'update' : 'force'
  return withCommits
    ? { kind, commits: parseLog(log), total: Number(gained ?? 0) }
    : { kind, commits: [], total: 0 }
}

/** Entries end in NUL, as `-z` makes them. @see git-log(1), PRETTY FORMATS */
function parseLog(log: string): CommitSummary[] {
  return log
    .split('\0')
    .filter((entry) => entry !== '')
    .map((entry) => {
      const [sha = '', name = '', email = '', ...message] = entry.split('\n')
      return summarize(parseOid(sha), name, email, message.join('\n'))
    })
}
