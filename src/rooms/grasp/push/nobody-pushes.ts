/** Where GRASP is off, nobody reads what maintainers sign: nothing moves in repositories that were announced before. */
import type { RefUpdatePolicy } from '../../../kernel/policy.ts'
import { refuse } from '../../../kernel/ref-update.ts'

export function nobodyPushes(): RefUpdatePolicy {
  return {
    name: 'grasp.off',
    concerns: ({ kind }) => kind === 'grasp',
    onCommands: () => [refuse('STATE_MISSING', null, 'this server hosts no announced repositories any more')],
  }
}
