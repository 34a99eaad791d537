/** `sluice token list`; the others are in files of their own. */
import type { Command } from 'commander'
import { id } from '../arguments.ts'
import { addListOptions, first, pageSize, type ListOptions } from '../list-options.ts'
import type { Cli } from '../session.ts'
import { TOKENS } from '../shown/token.ts'
import { createTokenCommand } from './token-create.ts'
import { exchangeTokenCommand } from './token-exchange.ts'
import { revokeTokenCommand } from './token-revoke.ts'

export function tokenCommands(program: Command, cli: Cli): void {
  const token = program.command('token').summary('make, list, revoke and narrow tokens')
  createTokenCommand(token, cli)
  listCommand(token, cli)
  revokeTokenCommand(token, cli)
  exchangeTokenCommand(token, cli)
}

interface ListTokensOptions extends ListOptions {
  readonly account?: string
}

function listCommand(token: Command, cli: Cli): void {
  const list = token
    .command('list')
    .summary('list tokens, newest first; never the tokens themselves')
    .option('--account <id>', 'those of this machine', id)
  addListOptions(list).action(async ({ account, limit }: ListTokensOptions, command: Command) => {
    const { client, out } = await cli.session(command)
    const listing = client.tokens.list({ query: { account, ...pageSize(limit) } })
    out.list(await first(listing, limit), TOKENS)
  })
}
