/** `sluice gate`: repositories that stand before an upstream, and what they keep back. */
import type { Command } from 'commander'
import type { Cli } from '../../session.ts'
import { applyCommand } from './apply.ts'
import { approvalCommands } from './approvals.ts'
import { gitConfigCommand } from './gitconfig.ts'
import { revokeCommand } from './revoke.ts'
import { rotateKeyCommand } from './rotate-key.ts'
import { listCommand, showCommand } from './list.ts'
import { refreshCommand, removeCommand, statusCommand } from './status.ts'

export function gateCommands(program: Command, cli: Cli): void {
  const gate = program.command('gate').summary('stand between agents and an upstream, and keep secrets back')
  applyCommand(gate, cli)
  listCommand(gate, cli)
  showCommand(gate, cli)
  statusCommand(gate, cli)
  refreshCommand(gate, cli)
  gitConfigCommand(gate, cli)
  removeCommand(gate, cli)
  rotateKeyCommand(gate, cli)
  revokeCommand(gate, cli)
  approvalCommands(gate, cli)
}
