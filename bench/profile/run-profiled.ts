/** Rows measured once with their servers under the profiler. What that costs is in the figures: only profiles are kept. */
import { mkdtemp } from 'node:fs/promises'
import { join } from 'node:path'
import type { RunStamp } from '../report/section.ts'
import type { Row, RowParts } from '../row.ts'
import { runRows, type RowResult } from '../run.ts'
import type { KeptProfiles } from './kept-profiles.ts'
import { PROFILE_DIRECTORY } from './profiler-flags.ts'
import { readServerProfile } from './server-profile.ts'

/** @throws Error when none of a row's servers ended by itself */
export async function runProfiled(
  rows: readonly Row[],
  parts: RowParts,
  stamp: RunStamp,
  profiles: KeptProfiles,
): Promise<RowResult[]> {
  const results: RowResult[] = []
  for (const row of rows) {
    const directory = await mkdtemp(join(parts.scratch, 'profile-'))
    process.env[PROFILE_DIRECTORY] = directory
    results.push(...(await runRows([row], parts)))
    const { date, commit } = stamp
    profiles.keep(row.name, { date, commit, ...readServerProfile(directory, parts.root) })
  }
  return results
}
