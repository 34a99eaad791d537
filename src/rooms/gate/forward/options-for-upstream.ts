/** Which values of `git push -o` are meant for the upstream. */
import type { Push } from '../../../kernel/policy.ts'

/** Ours: the answer is to be read by a program. */
const OURS: ReadonlySet<string> = new Set(['json'])

/** A push that the server makes itself has notes to its own log as options. */
export function optionsForUpstream({ via, options }: Pick<Push, 'via' | 'options'>): readonly string[] {
  return via === 'git' ? options.filter((option) => !OURS.has(option)) : []
}
