/** One call of the command, from its arguments to its exit code. */
import { CommanderError } from 'commander'
import { parseOpaqueToken } from '../kernel/opaque-token.ts'
import { CommandError } from './command-error.ts'
import { SecretsFound } from './commands/scan/secrets-found.ts'
import { EXITS } from './exit-codes.ts'
import {
  describeFailure,
  exitOfCommander,
  failureJson,
  failureText,
  type Failure,
} from './explain-failure.ts'
import { GitFailed } from './git-failed.ts'
import { buildProgram } from './program.ts'
import { Cli } from './session.ts'
import { colorsFor, type Terminal } from './terminal.ts'

/** @param args without the names of node and of the script */
export async function run(args: readonly string[], terminal: Terminal): Promise<number> {
  const json = args.includes('--json')
  try {
    refuseSecrets(args)
    await buildProgram(new Cli(terminal), { json }).parseAsync([...args], { from: 'user' })
    return EXITS.ok.code
  } catch (thrown) {
    if (thrown instanceof GitFailed) return thrown.exitCode
    if (thrown instanceof SecretsFound) return EXITS.failure.code
    if (thrown instanceof CommanderError && (thrown.exitCode === 0 || !json)) return exitOfCommander(thrown)
    return explain(describeFailure(thrown), json, terminal)
  }
}

function explain(failure: Failure, json: boolean, terminal: Terminal): number {
  const { red } = colorsFor(terminal, terminal.stderr)
  const text = json ? failureJson(failure) : failureText(failure).replace(/^sluice:/, red('sluice:'))
  terminal.stderr.write(text)
  return EXITS[failure.exit].code
}

const JWT = /^eyJ[\w-]+\.[\w-]+\.[\w-]*$/

/** Arguments are seen by everybody on the machine, and kept in histories. */
function refuseSecrets(args: readonly string[]): void {
  const words = args.map((word) => word.replace(/^--?[\w-]+=/, ''))
  if (!words.some((word) => JWT.test(word) || parseOpaqueToken(word) !== null)) return
  throw new CommandError(
    'usage',
    'there is a token among the arguments, where others can read it',
    'revoke it with sluice token revoke --stdin, and give the next one by --token-file, SLUICE_TOKEN or stdin',
  )
}
