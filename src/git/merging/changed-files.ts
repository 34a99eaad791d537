/** Which files of two trees differ, as git lists them. Trees of the repository alone: see history/. */
import { parseOid, type Oid } from '../../kernel/ids.ts'
import type { ObjectReader } from '../../kernel/ports.ts'
import { ScanPace } from '../refs/ref-scan-pace.ts'
import { NulFields } from './nul-fields.ts'

export interface ChangedFile {
  /** Six digits. */
  readonly mode: string
  readonly oid: Oid
}

const DIFF = ['diff-tree', '-r', '-z', '--raw', '--no-renames', '--no-abbrev']
const CHANGED = /^:\d{6} (\d{6}) [0-9a-f]+ ([0-9a-f]+) ([A-Z])/
const DELETED = 'D'

/**
 * What `after` has, by path; `null` where it has no file. In the order of the paths.
 *
 * @param pathspecs our own, never a client's
 * @throws AppError `GIT_FAILED`, `UNAVAILABLE`, `LAUNCHER_LOST`
 * @see git-diff-tree(1), RAW OUTPUT FORMAT
 */
export async function changedFiles(
  quarantine: Pick<ObjectReader, 'git'>,
  { before, after }: { readonly before: Oid; readonly after: Oid },
  pathspecs: readonly string[] = [],
): Promise<ReadonlyMap<string, ChangedFile | null>> {
  const fields = new NulFields(await quarantine.git([...DIFF, before, after, '--', ...pathspecs]))
  const changed = new Map<string, ChangedFile | null>()
  const pace = new ScanPace()
  for (let change = fields.next(); change !== null; change = fields.next()) {
    const [, mode = '', oid = '', status] = CHANGED.exec(change) ?? []
    changed.set(fields.next() ?? '', status === DELETED ? null : { mode, oid: parseOid(oid) })
    if (pace.isOver()) await pace.rest()
  }
  return changed
}
