/** One call of the credential helper: arguments and standard input in, an answer for git out. */
import { parseArgs } from 'node:util'
import { parseAttributes } from './attributes.ts'
import { erase } from './erase.ts'
import { get } from './get.ts'
import { HelperError, shown } from './helper-error.ts'
import { helperSettings, type HelperArguments, type HelperSettings } from './settings.ts'

export interface HelperCall {
  readonly argv: readonly string[]
  readonly env: Readonly<Record<string, string | undefined>>
  /** All of standard input; asked for when it is needed. */
  readonly input: () => Promise<string>
  /** Standard output is a person's terminal. */
  readonly isTerminal: boolean
}

export interface HelperResult {
  readonly code: number
  readonly stdout: string
  /** One line for a person; empty when there is nothing to say. */
  readonly stderr: string
}

const USAGE = `usage: git credential-sluice [--url=<https://host>]…
  [--token-fd=<n> | --token-file=<path> | --token-env=<name>]
  [--workload [--client-id=<account>]] <get|store|erase>

SLUICE_TOKEN counts where no --token-… is given, then the login of \`sluice login\`.

git config credential.https://<host>.helper 'sluice --url=https://<host> --token-fd=3'
`
const TERMINAL =
  'git calls this; a token is not shown on a terminal. For one of your own: sluice token create'
/** @see git-credential(1), CAPABILITY INPUT/OUTPUT FORMAT */
const CAPABILITIES = 'version 0\ncapability authtype\n'
const OPTIONS = {
  url: { type: 'string', multiple: true },
  'token-fd': { type: 'string' },
  'token-file': { type: 'string' },
  'token-env': { type: 'string' },
  workload: { type: 'boolean' },
  'client-id': { type: 'string' },
} as const

/** Never throws, and never repeats what it was given. */
export async function runCredentialHelper(call: HelperCall): Promise<HelperResult> {
  try {
    const { action, given } = parseCall(call.argv)
    return await perform(action, call, () => helperSettings(given, call.env))
  } catch (err) {
    return failed(err)
  }
}

/** An action that is not known is none of ours. @see gitcredentials(7), CUSTOM HELPERS */
async function perform(
  action: string,
  { input, isTerminal }: HelperCall,
  settings: () => HelperSettings,
): Promise<HelperResult> {
  switch (action) {
    case 'get': {
      if (isTerminal) throw new HelperError(TERMINAL)
      const { text, fault } = await get(parseAttributes(await input()), settings())
      return fault === null ? done(text) : { ...failed(fault), code: 0, stdout: text }
    }
    case 'erase':
      await erase(parseAttributes(await input()), settings())
      return done('')
    case 'capability':
      return done(CAPABILITIES)
    default:
      return done('')
  }
}

function parseCall(argv: readonly string[]): { action: string; given: HelperArguments } {
  try {
    const { values, positionals } = parseArgs({ args: [...argv], options: OPTIONS, allowPositionals: true })
    const [action] = positionals
    if (action === undefined || positionals.length > 1) throw new HelperError(USAGE)
    return { action, given: values }
  } catch {
    throw new HelperError(USAGE) // the parser's own message quotes the arguments
  }
}

function done(stdout: string): HelperResult {
  return { code: 0, stdout, stderr: '' }
}

function failed(error: unknown): HelperResult {
  return { code: 1, stdout: '', stderr: `git-credential-sluice: ${shown(error)}\n` }
}
