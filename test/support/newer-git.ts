/** A git newer than that of `PATH`, which .ci/run builds. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'

/**
 * @returns its directory; `undefined`: there is none here
 * @throws Error where there must be one (`SLUICE_TEST_REQUIRE_NEW_GIT`): nothing is left out unseen
 */
export function newerGit(): string | undefined {
  const directory = process.env['SLUICE_TEST_NEW_GIT']
  if (directory === undefined && process.env['SLUICE_TEST_REQUIRE_NEW_GIT'] === '1')
    throw new Error('SLUICE_TEST_NEW_GIT names no directory with a newer git')
  if (directory !== undefined && !existsSync(join(directory, 'git')))
    throw new Error('SLUICE_TEST_NEW_GIT names a directory without git') // else that of PATH would be taken for it
  return directory
}
