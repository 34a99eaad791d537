/** `sluice token create`: a token that lives long, from the server or, for its operator, from its data directory. */
import { Option, type Command } from 'commander'
import { duration, id } from '../arguments.ts'
import { CommandError } from '../command-error.ts'
import {
  addGrantOptions,
  requestedGrants,
  type GrantOptions,
  type RequestedGrants,
} from '../grant-options.ts'
import { onDataDirectory } from '../offline.ts'
import type { Cli } from '../session.ts'
import type { FreshToken } from '../../client/operations.ts'

interface Options extends GrantOptions {
  readonly name: string
  readonly kind: 'personal' | 'deploy'
  readonly account?: string
  readonly expiresIn?: number
  readonly dataDir?: string
  readonly admin?: true
}

/** What an administrator may do at all; said aloud, since nobody gets `admin` without asking. */
const EVERYTHING = 'admin repo:admin repo:create'

const EXAMPLES = `
Examples:
  sluice token create --name laptop
  sluice token create --name ci --kind deploy --repo acme/app --allow write --ref 'refs/heads/ci/*'
  sluice token create --name rescue --admin --data-dir ./data
`

export function createTokenCommand(token: Command, cli: Cli): void {
  const create = token
    .command('create')
    .summary('make a token that lives long')
    .description(
      'Make a token that lives long. It is shown once, on stdout. Without a scope it allows what the token in use allows.',
    )
    .requiredOption('--name <name>', 'what it is for')
    .addOption(new Option('--kind <kind>', 'whose it is').choices(['personal', 'deploy']).default('personal'))
    .option('--account <id>', 'a service account or agent that it shall belong to', id)
    .option('--expires-in <time>', 'e.g. 30d; 90 days if absent, at most 365', duration)
  addGrantOptions(create)
    .option('--data-dir <directory>', "work on a server's data directory, whether it runs or not")
    .option('--admin', 'a token of the administrator; with --data-dir')
    .addHelpText('after', EXAMPLES)
    .action(async (options: Options, command: Command) => {
      const grants = await requestedGrants(options, cli.terminal)
      const offline = options.dataDir !== undefined || options.admin === true
      const minted = offline
        ? await mintOffline(cli, options, grants)
        : await mint(cli, command, options, grants)
      cli
        .output(command)
        .secret(minted.token, minted, [
          `token ${minted.id}, ${minted.expiresAt === null ? 'without end' : `until ${minted.expiresAt}`}`,
          `shown only now; sluice token revoke ${minted.id} ends it`,
        ])
    })
}

async function mint(
  cli: Cli,
  command: Command,
  options: Options,
  grants: RequestedGrants,
): Promise<FreshToken> {
  const { name, kind, account, expiresIn } = options
  const { client } = await cli.session(command)
  return client.tokens.create({ body: { name, kind, account, expiresIn, ...grants } })
}

async function mintOffline(
  { terminal }: Cli,
  options: Options,
  grants: RequestedGrants,
): Promise<FreshToken> {
  const { name, kind, account, expiresIn, admin, dataDir } = options
  if ((admin === true) === (account !== undefined))
    throw new CommandError('usage', 'on a data directory, say either --admin or --account <id>')
  const asked = admin && Object.keys(grants).length === 0 ? { scope: EVERYTHING } : grants
  const order = { name, kind, account, expiresIn, ...asked }
  return onDataDirectory(terminal.env, dataDir, (offline) => offline.createToken(order))
}
