/** `sluice pr create|list|show|merge|close`. */
import { Option, type Command } from 'commander'
import { id, repositoryName, type RepositoryName } from '../arguments.ts'
import { addListOptions, first, pageSize, type ListOptions } from '../list-options.ts'
import { withProgress } from '../progress.ts'
import type { Cli } from '../session.ts'
import { PULL_REQUEST, PULL_REQUESTS } from '../shown/pull-request.ts'

export function prCommands(program: Command, cli: Cli): void {
  const pr = program.command('pr').summary('open, list, merge and close pull requests')
  createCommand(pr, cli)
  listCommand(pr, cli)
  showCommand(pr, cli)
  mergeCommand(pr, cli)
  closeCommand(pr, cli)
}

interface CreateOptions {
  readonly source: string
  readonly target: string
  readonly title: string
  readonly description?: string
}

function createCommand(pr: Command, cli: Cli): void {
  ofRepository(pr.command('create').summary('open a pull request'))
    .requiredOption('--source <branch>', 'branch that holds the change')
    .option('--target <branch>', 'branch that shall take it', 'main')
    .requiredOption('--title <text>', 'one line')
    .option('--description <text>', 'what is to be said about it')
    .addHelpText(
      'after',
      '\nExample:\n  sluice pr create acme/app --source longer-burn --title "Burn longer"\n',
    )
    .action(async (where: RepositoryName, options: CreateOptions, command: Command) => {
      const { source: sourceBranch, target: targetBranch, title, description } = options
      const { client, out } = await cli.session(command)
      const body = { sourceBranch, targetBranch, title, description }
      const made = await client.pulls.open({ ...where, body })
      out.done(`opened pull request ${made.number}`, made)
    })
}

interface ListPullsOptions extends ListOptions {
  readonly status: 'open' | 'closed' | 'merged' | 'all'
}

function listCommand(pr: Command, cli: Cli): void {
  const statuses = ['open', 'closed', 'merged', 'all']
  const list = ofRepository(pr.command('list').summary('list pull requests, newest first')).addOption(
    new Option('--status <status>', 'which ones').choices(statuses).default('open'),
  )
  addListOptions(list).action(
    async (where: RepositoryName, { status, limit }: ListPullsOptions, command: Command) => {
      const { client, out } = await cli.session(command)
      const query = { ...pageSize(limit), ...(status !== 'all' && { status }) }
      out.list(await first(client.pulls.list({ ...where, query }), limit), PULL_REQUESTS)
    },
  )
}

function showCommand(pr: Command, cli: Cli): void {
  ofPullRequest(pr.command('show').summary('show a pull request')).action(
    async (where: RepositoryName, number: string, _options: unknown, command: Command) => {
      const { client, out } = await cli.session(command)
      out.show(await client.pulls.get({ ...where, id: number }), PULL_REQUEST)
    },
  )
}

interface MergeOptions {
  readonly strategy: 'merge' | 'squash' | 'rebase' | 'fast_forward'
  readonly message?: string
  readonly deleteSource?: true
}

function mergeCommand(pr: Command, cli: Cli): void {
  const strategies = ['merge', 'squash', 'rebase', 'fast_forward']
  ofPullRequest(pr.command('merge').summary('merge a pull request'))
    .addOption(new Option('--strategy <strategy>', 'how').choices(strategies).default('merge'))
    .option('--message <text>', 'message of the commit that this makes')
    .option('--delete-source', 'delete the source branch afterwards')
    .action(async (where: RepositoryName, number: string, options: MergeOptions, command: Command) => {
      const { strategy, message: commitMessage, deleteSource: deleteSourceBranch } = options
      const { client, out } = await cli.session(command)
      const body = { strategy, commitMessage, deleteSourceBranch }
      const merged = await withProgress(cli.terminal.stderr, 'merging', () =>
        client.pulls.merge({ ...where, id: number, body }),
      )
      out.done(`merged pull request ${number} as ${merged.mergeCommitSha}`, merged)
    })
}

function closeCommand(pr: Command, cli: Cli): void {
  ofPullRequest(pr.command('close').summary('close a pull request without merging it')).action(
    async (where: RepositoryName, number: string, _options: unknown, command: Command) => {
      const { client, out } = await cli.session(command)
      const closed = await client.pulls.close({ ...where, id: number })
      out.done(`closed pull request ${closed.number}`, closed)
    },
  )
}

function ofRepository(command: Command): Command {
  return command.argument('<org/name>', 'the repository', repositoryName)
}

function ofPullRequest(command: Command): Command {
  return ofRepository(command).argument('<number>', 'number of the pull request', id)
}
