/** `sluice token revoke`: by its id, or by the token itself, which needs nothing else. @see RFC 7009 */
import type { Command } from 'commander'
import { SluiceClient } from '../../client/sluice-client.ts'
import { SluiceError } from '../../client/sluice-error.ts'
import { id } from '../arguments.ts'
import { CommandError } from '../command-error.ts'
import { readSecret } from '../read-secret.ts'
import type { Cli } from '../session.ts'

interface Options {
  readonly stdin?: true
}

const EXAMPLES = `
Examples:
  sluice token revoke 0198c6c2-2f5b-7e1c-9d43-5a0c8f4b6e21
  sluice token revoke --stdin < token.txt
`

const NOT_FOUND = 404

/** A signed token has no row that an id could name. */
const BY_ITSELF =
  'sluice token list shows the ids; a short token is in no list: sluice token revoke --stdin < token.txt'

export function revokeTokenCommand(token: Command, cli: Cli): void {
  token
    .command('revoke')
    .summary('end a token, and all that were made from it')
    .description(
      'End a token, and all that were made from it: by its id, or by the token itself, whoever has it.',
    )
    .argument('[id]', 'as sluice token list shows it', id)
    .option('--stdin', 'read the token itself from stdin')
    .addHelpText('after', EXAMPLES)
    .action(async (tokenId: string | undefined, { stdin }: Options, command: Command) => {
      if (stdin && tokenId === undefined) return revokeGiven(cli, command)
      if (stdin || tokenId === undefined)
        throw new CommandError('usage', 'say either the id of a token, or --stdin')
      await revokeById(cli, command, tokenId)
    })
}

async function revokeById(cli: Cli, command: Command, tokenId: string): Promise<void> {
  const { client, out } = await cli.session(command)
  await client.tokens.revoke({ id: tokenId }).catch((err: unknown) => {
    throw err instanceof SluiceError && err.status === NOT_FOUND ? withHint(err) : err
  })
  out.done(`revoked ${tokenId}`)
}

function withHint({ code, message, requestId, details, cause }: SluiceError): SluiceError {
  const hinted = { ...(details as object | null), hint: BY_ITSELF }
  return new SluiceError(code, message, { status: NOT_FOUND, requestId, cause, details: hinted })
}

/** The server says the same of what was never a token, so no more than that can be promised. */
async function revokeGiven(cli: Cli, command: Command): Promise<void> {
  const server = await cli.server(command)
  const token = await readSecret(cli.terminal, `Token of ${server} to revoke`)
  await new SluiceClient({ baseUrl: server }).oauth.revoke({ body: { token } })
  cli.output(command).done(`${server} does not accept that token any more, if it ever did`)
}
