/** What a command works with: the server it speaks to, as whom, and where it prints. */
import type { Command } from 'commander'
import { loginCredential } from '../client/logins/login-credential.ts'
import { LoginFiles, loginDirectory } from '../client/logins/login-files.ts'
import { SluiceClient } from '../client/sluice-client.ts'
import { tokenBrought } from './credential-source.ts'
import { Output } from './output.ts'
import { chooseServer } from './server-address.ts'
import type { Terminal } from './terminal.ts'

/** Options of every command. */
export interface GlobalOptions {
  readonly server?: string
  readonly tokenFile?: string
  readonly allowPlaintext?: true
  readonly json?: true
}

export interface Session {
  /** Base URL, without a slash at its end. */
  readonly server: string
  readonly client: SluiceClient
  /** The token in use. */
  readonly token: () => Promise<string>
  readonly out: Output
}

export class Cli {
  readonly terminal: Terminal
  readonly logins: LoginFiles

  constructor(terminal: Terminal) {
    this.terminal = terminal
    this.logins = new LoginFiles(loginDirectory(terminal.env))
  }

  output(command: Command): Output {
    return new Output(this.terminal, { json: optionsOf(command).json ?? false })
  }

  /** @throws CommandError `usage` */
  server(command: Command): Promise<string> {
    const { server, allowPlaintext = false } = optionsOf(command)
    return chooseServer({ server, allowPlaintext, env: this.terminal.env }, this.logins)
  }

  /** @throws CommandError `usage` */
  async session(command: Command): Promise<Session> {
    const server = await this.server(command)
    const { tokenFile } = optionsOf(command)
    const brought = await tokenBrought({ tokenFile, env: this.terminal.env })
    const login = loginCredential({ logins: this.logins, server })
    return {
      server,
      client: new SluiceClient({ baseUrl: server, credential: brought ?? login }),
      token: async () => brought ?? login.token(),
      out: this.output(command),
    }
  }
}

function optionsOf(command: Command): GlobalOptions {
  return command.optsWithGlobals<GlobalOptions>()
}
