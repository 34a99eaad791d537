/** Which values of `git push -o` are meant for the upstream. */

/** Ours: the answer is to be read by a program. */
const OURS: ReadonlySet<string> = new Set(['json'])

export function optionsForUpstream(options: readonly string[]): readonly string[] {
  return options.filter((option) => !OURS.has(option))
}
