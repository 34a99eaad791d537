/** An archived repository takes no write, whoever sends it. */
import type { RefUpdatePolicy } from '../../kernel/policy.ts'
import { refuse } from '../../kernel/ref-update.ts'

export function archived(): RefUpdatePolicy {
  return {
    name: 'repos.archived',
    onCommands: (push) => (push.repo.archived ? [refuse('REPO_ARCHIVED', null)] : []),
  }
}
