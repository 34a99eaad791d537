/** `sluice events`: what happens, a line each, as it happens. */
import type { Command } from 'commander'
import { collect, position, repositoryName, type RepositoryName } from '../arguments.ts'
import type { Cli } from '../session.ts'
import { STREAMED_EVENTS } from '../shown/streamed-event.ts'

const EXAMPLES = `
Examples:
  sluice events --follow --repo acme/app --type push
  sluice events --since 4711 --json
  sluice events --follow --type 'pr.*' --json | jq --unbuffered .metadata
`

interface EventsOptions {
  readonly follow?: true
  readonly repo?: RepositoryName
  readonly type?: readonly string[]
  readonly since?: string
}

export function eventsCommand(program: Command, cli: Cli): void {
  program
    .command('events')
    .summary('print what happens in repositories that you may read')
    .description(
      'Prints what has happened in repositories that you may read, oldest first, and with --follow what happens from now on. Each line begins with its cursor; with --json each is one line of JSON.',
    )
    .option('-f, --follow', 'go on until interrupted, over lost connections; only what is new unless --since')
    .option('--repo <org/name>', 'only of this repository', repositoryName)
    .option('--type <type>', 'only of this type (push) or family (pr.*); repeatable', collect)
    .option('--since <cursor>', 'only what came behind it; 0 for all there is', position)
    .addHelpText('after', EXAMPLES)
    .action(async (options: EventsOptions, command: Command) => {
      const { client, out } = await cli.session(command)
      const { repo, type: types, follow = false, since } = options
      const events = client.events({
        follow,
        ...(repo && { repo: `${repo.org}/${repo.repo}` }),
        ...(types && { types }),
        ...beginning(since, follow),
      })
      for await (const event of events) out.line(event, STREAMED_EVENTS)
    })
}

/** Who does not follow wants what there is. */
function beginning(since: string | undefined, follow: boolean): { readonly since?: string } {
  if (since !== undefined) return { since }
  return follow ? {} : { since: '0' }
}
