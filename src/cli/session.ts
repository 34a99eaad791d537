/** What a command works with: the server it speaks to, as whom, and where it prints. */
import type { Command } from 'commander'
import type { Credential } from '../client/credential.ts'
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
  readonly credential: Credential
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
    const credential = await this.#credential(command, server)
    const client = new SluiceClient({ baseUrl: server, credential })
    return { server, client, credential, out: this.output(command) }
  }

  async #credential(command: Command, server: string): Promise<Credential> {
    const { tokenFile } = optionsOf(command)
    const brought = await tokenBrought({ tokenFile, env: this.terminal.env })
    if (brought === null) return loginCredential({ logins: this.logins, server })
    return { token: async () => brought, invalidate: async () => {} }
  }
}

function optionsOf(command: Command): GlobalOptions {
  return command.optsWithGlobals<GlobalOptions>()
}
