/** `sluice repo create|list|show|delete`; each of the others has a file of its own. */
import { Option, type Command } from 'commander'
import { duration, nameOf, repository, repositoryName } from '../arguments.ts'
import type { RepositoryArgument, RepositoryName } from '../arguments.ts'
import { confirmByName } from '../confirm.ts'
import { addListOptions, first, pageSize, type ListOptions } from '../list-options.ts'
import type { Cli } from '../session.ts'
import { REPOSITORIES, REPOSITORY } from '../shown/repository.ts'
import { cloneCommand } from './repo-clone.ts'
import { scanSettingsCommand } from './repo-scan.ts'
import { updateCommand } from './repo-update.ts'

export function repoCommands(program: Command, cli: Cli): void {
  const repo = program.command('repo').summary('make, list, clone, change and delete repositories')
  createCommand(repo, cli)
  listCommand(repo, cli)
  showCommand(repo, cli)
  cloneCommand(repo, cli)
  updateCommand(repo, cli)
  scanSettingsCommand(repo, cli)
  deleteCommand(repo, cli)
}

interface CreateOptions {
  readonly public?: true
  readonly description?: string
  readonly defaultBranch?: string
  readonly objectFormat?: 'sha1' | 'sha256'
  readonly expiresIn?: number
}

function createCommand(repo: Command, cli: Cli): void {
  repo
    .command('create')
    .summary('make a repository')
    .argument('<org/name>', 'where it stands', repositoryName)
    .option('--public', 'anybody may read it')
    .option('--description <text>', 'one line')
    .option('--default-branch <branch>', 'branch that HEAD names; main if absent')
    .addOption(new Option('--object-format <format>', 'hash of its objects').choices(['sha1', 'sha256']))
    .option('--expires-in <time>', 'delete it after this time, e.g. 12h', duration)
    .addHelpText('after', '\nExample:\n  sluice repo create acme/app --description "Everything that flies"\n')
    .action(async ({ org: orgId, repo: name }: RepositoryName, options: CreateOptions, command: Command) => {
      const { public: open, expiresIn: ttlSeconds, ...fields } = options
      const { client, out } = await cli.session(command)
      const visibility = open ? 'public' : 'private'
      const { description, defaultBranch, objectFormat } = fields
      const made = await client.repos.create({
        body: { orgId, name, visibility, description, defaultBranch, objectFormat, ttlSeconds },
      })
      out.done(`made ${made.orgSlug}/${made.slug}: ${made.cloneUrl}`, made)
    })
}

interface ListReposOptions extends ListOptions {
  readonly org?: string
  readonly query?: string
}

function listCommand(repo: Command, cli: Cli): void {
  const list = repo
    .command('list')
    .summary('list repositories that the token can read, newest first')
    .option('--org <org>', 'only those of this organisation')
    .option('--query <text>', 'only those with this in their name')
  addListOptions(list).action(async ({ org, query, limit }: ListReposOptions, command: Command) => {
    const { client, out } = await cli.session(command)
    const listing = client.repos.list({ query: { orgId: org, q: query, ...pageSize(limit) } })
    out.list(await first(listing, limit), REPOSITORIES)
  })
}

function showCommand(repo: Command, cli: Cli): void {
  repo
    .command('show')
    .summary('show a repository')
    .argument('<repository>', '<org>/<name>, or an id', repository)
    .action(async (wanted: RepositoryArgument, _options: unknown, command: Command) => {
      const { client, out } = await cli.session(command)
      const found = 'id' in wanted ? client.reposById.get(wanted) : client.repos.get(wanted)
      out.show(await found, REPOSITORY)
    })
}

function deleteCommand(repo: Command, cli: Cli): void {
  repo
    .command('delete')
    .summary('delete a repository; it can be restored for 30 days')
    .argument('<repository>', '<org>/<name>, or an id', repository)
    .option('--yes', 'do not ask')
    .action(async (wanted: RepositoryArgument, { yes }: { yes?: true }, command: Command) => {
      const { client, out } = await cli.session(command)
      await confirmByName(cli.terminal, nameOf(wanted), yes ?? false)
      await ('id' in wanted ? client.reposById.delete(wanted) : client.repos.delete(wanted))
      out.done(`deleted ${nameOf(wanted)}`)
    })
}
