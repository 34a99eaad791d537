/** `sluice gate approvals|approve|deny`: what pushes were refused for, and what an owner says to it. */
import { Option, type Command } from 'commander'
import { duration, id, repositoryName, type RepositoryName } from '../../arguments.ts'
import { addListOptions, first, pageSize, type ListOptions } from '../../list-options.ts'
import type { Cli } from '../../session.ts'
import { APPROVALS } from '../../shown/approval.ts'

export function approvalCommands(gate: Command, cli: Cli): void {
  listCommand(gate, cli)
  decideCommand(gate, cli, { name: 'approve', state: 'approved', summary: 'let a finding pass' })
  decideCommand(gate, cli, { name: 'deny', state: 'denied', summary: 'let a finding never pass' })
}

interface ListApprovalsOptions extends ListOptions {
  readonly state?: 'requested' | 'approved' | 'denied'
}

function listCommand(gate: Command, cli: Cli): void {
  const list = ofRepository(gate.command('approvals'))
    .summary('list findings for which approval was asked or given, newest first')
    .addOption(new Option('--state <state>', 'only these').choices(['requested', 'approved', 'denied']))
  addListOptions(list).action(
    async (where: RepositoryName, { state, limit }: ListApprovalsOptions, command: Command) => {
      const { client, out } = await cli.session(command)
      const listing = client.approvals.list({ ...where, ...(state && { state }), ...pageSize(limit) })
      out.list(await first(listing, limit), APPROVALS)
    },
  )
}

interface DecideOptions {
  readonly reason: string
  readonly expiresIn?: number
}

const exampleOf = (name: string, reason: string) => `
Example:
  sluice gate approvals acme/app --state requested
  sluice gate ${name} acme/app 9f86d081884c7d659a2feaa0c55ad015 --reason "${reason}"
`

function decideCommand(
  gate: Command,
  cli: Cli,
  { name, state, summary }: { name: string; state: 'approved' | 'denied'; summary: string },
): void {
  ofRepository(gate.command(name))
    .summary(summary)
    .argument('<fingerprint>', 'as the pusher was told', id)
    .requiredOption('--reason <why>', 'for whoever reads it later')
    .option('--expires-in <time>', 'for how long, at most 365d; 90d if absent', duration)
    .addHelpText('after', exampleOf(name, REASONS[state]))
    .action(async (where: RepositoryName, fingerprint: string, options: DecideOptions, command: Command) => {
      const { client, out } = await cli.session(command)
      const { reason, expiresIn } = options
      const expiresAt =
        expiresIn === undefined ? undefined : new Date(Date.now() + expiresIn * 1000).toISOString()
      const decided = await client.approvals.decide({
        ...where,
        body: { fingerprint, state, reason, ...(expiresAt && { expiresAt }) },
      })
      out.done(`${state} until ${decided.expiresAt ?? ''}; ${NEXT[state]}`, decided)
    })
}

const REASONS = { approved: 'a made-up key of the tests', denied: 'it is a real one: revoke it' } as const

const NEXT = {
  approved: 'it passes when it is pushed again',
  denied: 'pushes that bring it are refused',
} as const

function ofRepository(command: Command): Command {
  return command.argument('<repository>', '<org>/<name>', repositoryName)
}
