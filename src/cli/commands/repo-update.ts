/** `sluice repo update`: what an owner may change of a repository. */
import { Option, type Command } from 'commander'
import { repositoryName, type RepositoryName } from '../arguments.ts'
import type { Cli } from '../session.ts'

interface UpdateOptions {
  readonly description?: string
  readonly defaultBranch?: string
  readonly protectedPush?: 'refuse' | 'open-pull-request'
}

const EXAMPLE = `
What is not named stays as it is.

Example:
  sluice repo update acme/app --protected-push open-pull-request
`

export function updateCommand(repo: Command, cli: Cli): void {
  const whatBecomes = new Option(
    '--protected-push <what>',
    'what becomes of a push to a branch whose rules ask for a pull request',
  )
  repo
    .command('update')
    .summary('change a repository')
    .argument('<org/name>', 'the repository', repositoryName)
    .option('--description <text>', 'one line')
    .option('--default-branch <branch>', 'branch that HEAD names; it must exist')
    .addOption(whatBecomes.choices(['refuse', 'open-pull-request']))
    .addHelpText('after', EXAMPLE)
    .action(async (where: RepositoryName, options: UpdateOptions, command: Command) => {
      const { description, defaultBranch, protectedPush } = options
      const { client, out } = await cli.session(command)
      const body = { description, defaultBranch, protectedPush }
      const after = await client.repos.update({ ...where, body })
      out.done(`changed ${after.orgSlug}/${after.slug}`, after)
    })
}
