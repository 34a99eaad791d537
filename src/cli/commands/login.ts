/** `sluice login`: by browser where the server offers it, else with a token from stdin. */
import type { Command } from 'commander'
import type { Login } from '../../client/logins/login-files.ts'
import { tokensOf } from '../../client/logins/login-credential.ts'
import type { TokenEndpointAnswer } from '../../client/logins/token-endpoint.ts'
import { SluiceClient } from '../../client/sluice-client.ts'
import type { WhoAmI } from '../../client/operations.ts'
import { CommandError } from '../command-error.ts'
import { offersDeviceLogin, startDeviceLogin } from '../device-login.ts'
import { printable } from '../../client/printable.ts'
import { withProgress } from '../progress.ts'
import { readSecret } from '../read-secret.ts'
import type { Cli } from '../session.ts'
import { isInteractive } from '../terminal.ts'
import { SELF } from '../shown/self.ts'

interface Options {
  readonly withToken?: true
}

const EXAMPLES = `
Examples:
  sluice login --server https://git.example.com
  sluice login --with-token < token.txt
`

export function loginCommand(program: Command, cli: Cli): void {
  program
    .command('login')
    .summary('sign in to a server')
    .description(
      'Sign in to a server, by browser where it offers that. The login is kept for this user alone, in\n' +
        'sluice/logins of the configuration directory (XDG_CONFIG_HOME), and used by git as well.',
    )
    .option('--with-token', 'read a token from stdin instead')
    .addHelpText('after', EXAMPLES)
    .action(async ({ withToken }: Options, command: Command) => {
      const server = await cli.server(command)
      const out = cli.output(command)
      const signIn = withToken || !(await hasDeviceLogin(server)) ? withGivenToken : byDevice
      const tokens = await signIn(cli, server, withToken ?? false)
      const self = await whoIs(server, tokens.token)
      await cli.logins.write({ ...loginOf(self, tokens), server, signedInAt: Date.now() })
      if (out.json) return out.show(self, SELF)
      out.done(`signed in to ${server} as ${self.account?.displayName ?? 'nobody in particular'}`)
    })
}

type Tokens = Pick<Login, 'token' | 'expiresAt' | 'refreshToken'>

async function hasDeviceLogin(server: string): Promise<boolean> {
  return offersDeviceLogin(await new SluiceClient({ baseUrl: server }).server.authorizationServer())
}

async function byDevice({ terminal }: Cli, server: string): Promise<Tokens> {
  const login = await startDeviceLogin(server)
  const { address, userCode } = login
  terminal.stderr.write(`Open ${address}\nand confirm the code ${printable(userCode)}\n`)
  const answer: TokenEndpointAnswer = await withProgress(terminal.stderr, 'waiting for you to confirm', () =>
    login.confirmed(),
  )
  return tokensOf(answer, Date)
}

async function withGivenToken({ terminal }: Cli, server: string, asked: boolean): Promise<Tokens> {
  if (!asked && !isInteractive(terminal))
    throw new CommandError(
      'usage',
      `${server} offers no login by browser`,
      'give a token on stdin: sluice login --with-token < file',
    )
  const token = await readSecret(terminal, `Token for ${server}`)
  return { token, expiresAt: null, refreshToken: null }
}

function whoIs(server: string, token: string): Promise<WhoAmI> {
  return new SluiceClient({ baseUrl: server, credential: token }).tokens.whoAmI()
}

/** A token that somebody brought ends when the server says so. */
function loginOf({ account, token }: WhoAmI, tokens: Tokens): Omit<Login, 'server' | 'signedInAt'> {
  const end = token?.expiresAt ?? null
  return {
    ...tokens,
    expiresAt: tokens.expiresAt ?? (end === null ? null : Date.parse(end)),
    account: { id: account?.id ?? null, displayName: account?.displayName ?? '' },
  }
}
