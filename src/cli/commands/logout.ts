/** `sluice logout`: ends a login, here and at the server. */
import type { Command } from 'commander'
import type { Login } from '../../client/logins/login-files.ts'
import { CLIENT_ID } from '../../client/logins/token-endpoint.ts'
import { SluiceClient } from '../../client/sluice-client.ts'
import { CommandError } from '../command-error.ts'
import type { Cli } from '../session.ts'

export function logoutCommand(program: Command, cli: Cli): void {
  program
    .command('logout')
    .summary('end a login, here and at the server')
    .description(
      'Forget the login of a server, and revoke it there with all tokens made from it.\n' +
        'A token that was given with --with-token is forgotten and stays valid: sluice token revoke ends it.',
    )
    .action(async (_options: unknown, command: Command) => {
      const server = await cli.server(command)
      const login = await cli.logins.read(server).catch(() => null) // one that cannot be read is forgotten, too
      if (!(await cli.logins.forget(server)))
        throw new CommandError('notSignedIn', `not signed in to ${server}`)
      if (login?.refreshToken) await revoke(login, login.refreshToken)
      cli.output(command).done(`signed out of ${server}`)
    })
}

/** @see RFC 7009, section 2.1 */
async function revoke({ server }: Login, refreshToken: string): Promise<void> {
  const body = { token: refreshToken, token_type_hint: 'refresh_token', client_id: CLIENT_ID }
  try {
    await new SluiceClient({ baseUrl: server }).oauth.revoke({ body })
  } catch {
    throw new CommandError(
      'unavailable',
      'the login is forgotten here, but the server could not be told, where it ends by itself in 30 days',
      'an administrator can disable the account meanwhile',
    )
  }
}
