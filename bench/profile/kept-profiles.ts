/** bench/profiles/: the last profile of each row that was taken one of, for the page. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ServerProfile } from './server-profile.ts'

export interface KeptProfiles {
  /** `null`: nobody has taken one. */
  of(row: string): ServerProfile | null
  keep(row: string, profile: ServerProfile): void
}

export function openKeptProfiles(root: string): KeptProfiles {
  const directory = join(root, 'bench', 'profiles')
  const fileOf = (row: string) => join(directory, `${row}.json`)
  return {
    of: (row) =>
      existsSync(fileOf(row)) ? (JSON.parse(readFileSync(fileOf(row), 'utf8')) as ServerProfile) : null,
    keep: (row, profile) => {
      mkdirSync(directory, { recursive: true })
      writeFileSync(fileOf(row), `${JSON.stringify(profile, null, 2)}\n`)
    },
  }
}
