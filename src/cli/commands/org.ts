/** `sluice org members list|set|remove`. */
import { Option, type Command } from 'commander'
import { id } from '../arguments.ts'
import type { Cli } from '../session.ts'
import { MEMBERS } from '../shown/member.ts'

export function orgCommands(program: Command, cli: Cli): void {
  const org = program.command('org').summary('manage organisations')
  const members = org.command('members').summary('list, set and remove members of an organisation')
  listCommand(members, cli)
  setCommand(members, cli)
  removeCommand(members, cli)
}

function listCommand(members: Command, cli: Cli): void {
  ofOrganisation(members.command('list').summary('list members')).action(
    async (org: string, _options: unknown, command: Command) => {
      const { client, out } = await cli.session(command)
      out.list(await client.members.list({ org }).all(), MEMBERS)
    },
  )
}

interface SetOptions {
  readonly role: 'owner' | 'writer' | 'reader'
}

function setCommand(members: Command, cli: Cli): void {
  ofOrganisation(members.command('set').summary('add a member, or change its role'))
    .argument('<account>', 'id of the account', id)
    .addOption(
      new Option('--role <role>', 'what it may do')
        .choices(['owner', 'writer', 'reader'])
        .makeOptionMandatory(),
    )
    .action(async (org: string, account: string, { role }: SetOptions, command: Command) => {
      const { client, out } = await cli.session(command)
      const member = await client.members.put({ org, accountId: account, body: { role } })
      out.done(`${account} is ${role} of ${org}`, member)
    })
}

function removeCommand(members: Command, cli: Cli): void {
  ofOrganisation(members.command('remove').summary('remove a member'))
    .argument('<account>', 'id of the account', id)
    .action(async (org: string, account: string, _options: unknown, command: Command) => {
      const { client, out } = await cli.session(command)
      await client.members.delete({ org, accountId: account })
      out.done(`removed ${account} from ${org}`)
    })
}

function ofOrganisation(command: Command): Command {
  return command.argument('<org>', 'slug or id of the organisation', id)
}
