/** `sluice gate`: repositories that stand before an upstream, and what they keep back. */
import type { Command } from 'commander'
import type { Cli } from '../../session.ts'
import { approvalCommands } from './approvals.ts'

export function gateCommands(program: Command, cli: Cli): void {
  const gate = program.command('gate').summary('stand between agents and an upstream, and keep secrets back')
  approvalCommands(gate, cli)
}
