/** `sluice admin jobs list|show|retry`. */
import { Option, type Command } from 'commander'
import { id } from '../arguments.ts'
import { CommandError } from '../command-error.ts'
import { addListOptions, first, pageSize, type ListOptions } from '../list-options.ts'
import type { Cli } from '../session.ts'
import { JOB, JOBS } from '../shown/administration.ts'

/** What one call tries again at most; the rest is said. */
const MOST = 10_000

export function jobCommands(admin: Command, cli: Cli): void {
  const jobs = admin.command('jobs').summary('see what is done later, and try again what has failed')
  listCommand(jobs, cli)
  showCommand(jobs, cli)
  retryCommand(jobs, cli)
}

interface ListJobsOptions extends ListOptions {
  readonly status?: 'queued' | 'running' | 'failed' | 'done'
  readonly type?: string
  readonly repo?: string
}

function listCommand(jobs: Command, cli: Cli): void {
  const statuses = ['queued', 'running', 'failed', 'done']
  const list = jobs
    .command('list', { isDefault: true })
    .summary('list jobs, newest first')
    .addOption(new Option('--status <status>', 'only these').choices(statuses))
    .option('--type <type>', 'only of this type, e.g. mirror_push', id)
    .option('--repo <id>', 'only for this repository', id)
  addListOptions(list).action(
    async ({ status, type: jobType, repo: repoId, limit }: ListJobsOptions, command: Command) => {
      const { client, out } = await cli.session(command)
      const listing = client.admin.jobs({ query: { status, jobType, repoId, ...pageSize(limit) } })
      out.list(await first(listing, limit), JOBS)
    },
  )
}

function showCommand(jobs: Command, cli: Cli): void {
  jobs
    .command('show')
    .summary('show a job')
    .argument('<id>', 'id of the job', id)
    .action(async (job: string, _options: unknown, command: Command) => {
      const { client, out } = await cli.session(command)
      out.show(await client.admin.job({ id: job }), JOB)
    })
}

function retryCommand(jobs: Command, cli: Cli): void {
  jobs
    .command('retry')
    .summary('try a failed job again, or all of a type that have failed')
    .argument('[id]', 'id of the job', id)
    .option('--failed <type>', 'all of this type that have failed', id)
    .addHelpText('after', '\nExample:\n  sluice admin jobs retry --failed mirror_push\n')
    .action(async (job: string | undefined, { failed }: { failed?: string }, command: Command) => {
      if ((job === undefined) === (failed === undefined))
        throw new CommandError('usage', 'name a job, or --failed and a type')
      const { client, out } = await cli.session(command)
      if (job !== undefined) {
        const queued = await client.admin.retryJob({ id: job })
        return out.done(`${queued.jobType} ${queued.id} runs again`, queued)
      }
      const found = await first(
        client.admin.failedJobs({ query: { jobType: failed, ...pageSize(MOST) } }),
        MOST,
      )
      const queued = []
      for (const each of found) queued.push(await client.admin.retryJob({ id: each.id }))
      out.done(`${queued.length} run again`, queued)
    })
}
