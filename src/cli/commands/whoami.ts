/** `sluice whoami`: whose token is in use, and what it allows. */
import type { Command } from 'commander'
import type { Cli } from '../session.ts'
import { SELF } from '../shown/self.ts'

export function whoamiCommand(program: Command, cli: Cli): void {
  program
    .command('whoami')
    .summary('show whose token is in use, and what it allows')
    .action(async (_options: unknown, command: Command) => {
      const { client, out } = await cli.session(command)
      out.show(await client.tokens.whoAmI(), SELF)
    })
}
