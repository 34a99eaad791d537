/** `sluice repo clone`: git, with its credentials from our helper, for this clone and for all that follows in it. */
import { resolve } from 'node:path'
import type { Command } from 'commander'
import { nameOf, repository, type RepositoryArgument } from '../arguments.ts'
import { tokenBrought } from '../credential-source.ts'
import { credentialSettings, type HelperSource } from '../git-credentials.ts'
import { GitFailed } from '../git-failed.ts'
import { namelessFile } from '../nameless-file.ts'
import type { Cli, GlobalOptions } from '../session.ts'
import { startGit } from '../start-git.ts'

const EXAMPLES = `
Examples:
  sluice repo clone acme/app
  sluice repo clone acme/app work -- --depth=1
`

export function cloneCommand(repo: Command, cli: Cli): void {
  repo
    .command('clone')
    .summary('clone a repository with git, which signs in as this command does')
    .description(
      'Clone a repository. git gets its credentials from git-credential-sluice, also for what follows in\n' +
        'the clone: from the token file; else from SLUICE_TOKEN where it is set when git runs, else from\n' +
        'the login.',
    )
    .argument('<repository>', '<org>/<name>, or an id', repository)
    .argument('[directory]', 'where to')
    .argument('[options...]', 'options of git clone, behind --')
    .addHelpText('after', EXAMPLES)
    .action(
      async (
        wanted: RepositoryArgument,
        directory: string | undefined,
        more: string[],
        _options: unknown,
        command: Command,
      ) => {
        const server = await cli.server(command)
        const address = `${server}/${'id' in wanted ? `by-id/${wanted.id}` : nameOf(wanted)}.git`
        await clone(cli, command, server, argumentsOf(address, directory, more))
      },
    )
}

/** Without a directory, the first option of git stands in its place. @see git-clone(1) */
function argumentsOf(address: string, directory: string | undefined, more: readonly string[]) {
  if (directory === undefined) return ['--', address]
  if (directory.startsWith('-')) return [directory, ...more, '--', address]
  return [...more, '--', address, directory]
}

async function clone(
  { terminal: { env } }: Cli,
  command: Command,
  server: string,
  args: readonly string[],
): Promise<void> {
  const { tokenFile } = command.optsWithGlobals<GlobalOptions>()
  const token = await tokenBrought({ tokenFile, env })
  using inherited = token === null ? null : namelessFile(token)
  const later: HelperSource =
    tokenFile === undefined ? { kind: 'login' } : { kind: 'file', path: resolve(tokenFile) }
  const now: HelperSource = inherited ? { kind: 'inherited' } : later
  const code = await startGit({
    args: [
      ...credentialSettings(server, now).flatMap((setting) => ['-c', setting]),
      'clone',
      ...credentialSettings(server, later).flatMap((setting) => ['--config', setting]),
      ...args,
    ],
    env: { ...env, SLUICE_TOKEN: undefined },
    inherited: inherited?.fd ?? null,
  })
  if (code !== 0) throw new GitFailed(code)
}
