/**
 * One run of the remote helper: git's commands in, one line each, until an empty one.
 *
 * @see gitremote-helpers(7), COMMANDS
 */
import type { Writable } from 'node:stream'
import { HelperError } from '../credential-helper/helper-error.ts'
import { readAdvertisement, refsOf, type Advertisement } from './advertisement.ts'
import type { ByteInput } from './byte-input.ts'
import type { ByteOutput } from './byte-output.ts'
import type { GitSession } from './git-session.ts'
import { setOption, type Options } from './options.ts'
import { push } from './push.ts'
import { statelessConnect } from './stateless-connect.ts'

export interface RemoteHelperParts {
  readonly input: ByteInput
  readonly output: ByteOutput
  readonly session: GitSession
  readonly options: Options
  readonly env: NodeJS.ProcessEnv
  readonly directory: string
  readonly terminal: Writable
}

const CAPABILITIES = ['stateless-connect', 'push', 'option', 'object-format']

/** @returns exit code @throws HelperError when git's command cannot be done */
export async function runRemoteHelper(parts: RemoteHelperParts): Promise<number> {
  const { input, output, session, options } = parts
  let offered: Advertisement | null = null
  for (let line = await input.line(); line !== null && line !== ''; line = await input.line()) {
    const [command = '', argument = ''] = splitOnce(line)
    switch (command) {
      case 'capabilities':
        await output.write(`${CAPABILITIES.join('\n')}\n\n`)
        break
      case 'option':
        await output.write(`${setOption(options, argument)}\n`)
        break
      case 'stateless-connect':
        if (await statelessConnect(session, argument, parts)) return 0
        break
      case 'list':
        if (argument !== 'for-push') throw new HelperError(NEEDS_VERSION_2)
        offered = await readAdvertisement(session, 'git-receive-pack')
        await output.write(listOf(offered))
        break
      case 'push': {
        const specs = [argument, ...(await restOfBatch(input))]
        offered ??= await readAdvertisement(session, 'git-receive-pack')
        const code = await push(parts, specs, offered, output)
        if (code !== 0) return code
        break
      }
      default:
        throw new HelperError('git asks for something that this helper does not do')
    }
  }
  return 0
}

const NEEDS_VERSION_2 = 'fetching needs protocol version 2: git config --unset protocol.version'

function listOf(offered: Advertisement): string {
  const { refs, objectFormat } = refsOf(offered)
  return [`:object-format ${objectFormat}`, ...refs.map(({ oid, name }) => `${oid} ${name}`), '', ''].join(
    '\n',
  )
}

/** More `push` lines, up to an empty one. */
async function restOfBatch(input: ByteInput): Promise<string[]> {
  const specs: string[] = []
  for (let line = await input.line(); line !== null && line !== ''; line = await input.line()) {
    const [command, spec = ''] = splitOnce(line)
    if (command !== 'push') throw new HelperError('git mixes a push with something else')
    specs.push(spec)
  }
  return specs
}

function splitOnce(line: string): [string, string?] {
  const at = line.indexOf(' ')
  return at < 0 ? [line] : [line.slice(0, at), line.slice(at + 1)]
}
