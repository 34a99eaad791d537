/** `sluice token exchange`: a short token that may do less, for whoever shall do less. @see RFC 8693 */
import type { Command } from 'commander'
import { duration } from '../arguments.ts'
import { tokenOfFile } from '../credential-source.ts'
import { addGrantOptions, requestedGrants, type GrantOptions } from '../grant-options.ts'
import type { Cli } from '../session.ts'

interface Options extends GrantOptions {
  readonly audience?: string
  readonly expiresIn?: number
  readonly actorTokenFile?: string
}

const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token'
const TOKEN_EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange'

const EXAMPLES = `
Examples:
  sluice token exchange --repo acme/app --allow read
  sluice token exchange --repo acme/app --ref 'refs/heads/agent-7/*' --expires-in 10m
`

export function exchangeTokenCommand(token: Command, cli: Cli): void {
  const exchange = token
    .command('exchange')
    .summary('turn the token in use into a short one that may do less')
    .description('Print a token that lives for minutes and may do a part of what the token in use may.')
    .option('--audience <url>', 'address of the repository or server that it is for')
    .option('--expires-in <time>', 'e.g. 5m; 15 minutes if absent, at most an hour', duration)
    .option('--actor-token-file <path>', 'file with the token of a machine that shall act for you')
  addGrantOptions(exchange)
    .addHelpText('after', EXAMPLES)
    .action(async (options: Options, command: Command) => {
      const { client, token: presented, out } = await cli.session(command)
      const asked = await askedBy(options, cli)
      const answer = await client.oauth.token({
        body: {
          grant_type: TOKEN_EXCHANGE,
          subject_token_type: ACCESS_TOKEN,
          subject_token: await presented(),
          ...asked,
        },
      })
      const { expires_in: seconds, scope } = answer
      out.secret(answer.access_token, answer, [`for ${seconds ?? '?'} seconds: ${scope ?? 'as asked'}`])
    })
}

async function askedBy(options: Options, { terminal }: Cli): Promise<Record<string, string>> {
  const { scope, authorizationDetails } = await requestedGrants(options, terminal)
  const { audience, expiresIn, actorTokenFile: file } = options
  const actor = file === undefined ? null : await tokenOfFile(file, 'the file of the actor token')
  return {
    ...(audience !== undefined && { audience }),
    ...(scope !== undefined && { scope }),
    ...(authorizationDetails && { authorization_details: JSON.stringify(authorizationDetails) }),
    ...(expiresIn !== undefined && { expires_in: String(expiresIn) }),
    ...(actor !== null && { actor_token: actor, actor_token_type: ACCESS_TOKEN }),
  }
}
