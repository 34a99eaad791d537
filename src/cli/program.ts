/** The tree of commands. docs/cli.md and the completions are made of it. */
import { Command } from 'commander'
import { accountCommands } from './commands/account.ts'
import { adminCommands } from './commands/admin.ts'
import { backupCommand } from './commands/backup.ts'
import { completionCommand } from './commands/completion.ts'
import { eventsCommand } from './commands/events.ts'
import { gateCommands } from './commands/gate/gate.ts'
import { hookCommands } from './commands/hook.ts'
import { keysCommands } from './commands/keys.ts'
import { loginCommand } from './commands/login.ts'
import { logoutCommand } from './commands/logout.ts'
import { mirrorCommands } from './commands/mirror.ts'
import { orgCommands } from './commands/org.ts'
import { prCommands } from './commands/pr.ts'
import { repoCommands } from './commands/repo.ts'
import { restoreCommand } from './commands/restore.ts'
import { scanCommand } from './commands/scan/scan-command.ts'
import { secretsCommands } from './commands/secrets.ts'
import { tokenCommands } from './commands/token.ts'
import { whoamiCommand } from './commands/whoami.ts'
import type { Cli } from './session.ts'

const VERSION = process.env['SLUICE_VERSION'] ?? '0.0.0'

const HELP = `
Environment:
  SLUICE_URL    server to speak to
  SLUICE_TOKEN  token to use in place of the login; it is passed on to nobody

Examples:
  sluice login --server https://git.example.com
  sluice repo list --json
  sluice whoami --token-file ./token
`

/**
 * Throws `CommanderError` in place of ending the process.
 *
 * @param json `--json` was given, so nothing but JSON is to be printed about a wrong command line
 */
export function buildProgram(cli: Cli, { json }: { readonly json: boolean }): Command {
  const program = new Command('sluice')
    .description('Work with a Sluice server: repositories, pull requests, tokens and accounts.')
    .version(VERSION, '--version', 'print the version')
    .option('--server <url>', 'server to speak to; SLUICE_URL or the latest login if absent')
    .option('--token-file <path>', 'file that holds the token to use')
    .option('--allow-plaintext', 'send the token over http to another machine')
    .option('--json', 'print what the API answers, for machines')
    .helpOption('-h, --help', 'show this')
    .helpCommand('help [command]', 'show what a command does')
    .configureHelp({ showGlobalOptions: true })
    .addHelpText('after', HELP)
    .showHelpAfterError(json ? false : '(--help shows what there is)')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => cli.terminal.stdout.write(text),
      writeErr: (text) => cli.terminal.stderr.write(text),
      outputError: (text, write) => (json ? undefined : write(text)), // run.ts says it as JSON
      getOutHelpWidth: () => cli.terminal.stdout.columns ?? 100,
      getErrHelpWidth: () => cli.terminal.stderr.columns ?? 100,
    })
  loginCommand(program, cli)
  logoutCommand(program, cli)
  whoamiCommand(program, cli)
  repoCommands(program, cli)
  prCommands(program, cli)
  mirrorCommands(program, cli)
  eventsCommand(program, cli)
  hookCommands(program, cli)
  scanCommand(program, cli)
  gateCommands(program, cli)
  tokenCommands(program, cli)
  accountCommands(program, cli)
  orgCommands(program, cli)
  adminCommands(program, cli)
  keysCommands(program, cli)
  secretsCommands(program, cli)
  backupCommand(program, cli)
  restoreCommand(program, cli)
  completionCommand(program, cli)
  return program
}
