/**
 * Mutated objects, our rules for them and those of git. `FSCK_CASES` and `FSCK_SEED` from the environment; a
 * newer git than that of `PATH` by `SLUICE_TEST_NEW_GIT`; objects of a real repository by `BENCH_REPO`.
 */
import { expect, test } from 'vitest'
import { differential } from '../support/fsck/differential.ts'
import { realObjects } from '../support/fsck/real-objects.ts'
import { newerGit } from '../support/newer-git.ts'

const CASES = Number(process.env['FSCK_CASES'] ?? 100_000)
const SEED = Number(process.env['FSCK_SEED'] ?? 20_390)
const NEW_GIT = newerGit()
const REPOSITORY = process.env['BENCH_REPO']
const GITS = NEW_GIT === undefined ? [null] : [null, NEW_GIT]
/** In one repository. */
const BATCH = 25_000
const REAL = 1_000
const MS_EACH = 2
const QUIET_MS = 60_000

test.each(['sha1', 'sha256'] as const)(
  'what is sound here git takes without a word, and what is a fault here git calls the same: %s',
  async (format) => {
    const real = REPOSITORY === undefined ? [] : await realObjects(REPOSITORY, format, REAL)
    for (let done = 0, seed = SEED; done < CASES / 2; done += BATCH, seed++) {
      const cases = Math.min(BATCH, CASES / 2 - done)
      const { kinds, disagreements } = await differential({ format, seed, cases, gits: GITS, real })
      expect(disagreements, `seed ${String(seed)}`).toEqual([])
      expect(kinds.sound / cases).toBeGreaterThan(0.1) // otherwise it proves little
    }
  },
  QUIET_MS + CASES * MS_EACH,
)
