/** Whether servers of ours are started under the profiler, and where they leave what it saw. */

/** Set by the bench for itself, see main.ts; a directory. */
export const PROFILE_DIRECTORY = 'SLUICE_BENCH_PROFILE_DIR'

/** For `node`; the profile is written when the process ends by itself. */
export function profilerFlags(): string[] {
  const directory = process.env[PROFILE_DIRECTORY]
  return directory === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${directory}`]
}
