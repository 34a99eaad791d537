/** `sluice gate gitconfig`: by which git of an agent goes through gates. */
import type { Command } from 'commander'
import { repositoryName, type RepositoryName } from '../../arguments.ts'
import type { Cli } from '../../session.ts'

const ABOUT = `Print git configuration by which remotes of the upstreams go through their gates, however their
URLs are written. Of all gates that the token can see unless some are named.`

const EXAMPLE = `
Example:
  sluice gate gitconfig acme/widgets > ~/.config/git/gate
  git config --global --add include.path ~/.config/git/gate
`

export function gitConfigCommand(gate: Command, cli: Cli): void {
  gate
    .command('gitconfig')
    .summary('print git configuration for the box of an agent')
    .description(ABOUT)
    .argument('[repository...]', '<org>/<name>', collectNames)
    .addHelpText('after', EXAMPLE)
    .action(async (named: readonly RepositoryName[], _options: unknown, command: Command) => {
      const { client, out } = await cli.session(command)
      const all: RepositoryName[] = [...named]
      if (named.length === 0)
        for await (const { orgSlug: org, slug: repo } of client.repos.list({ query: { kind: 'gate' } }))
          all.push({ org, repo })
      for (const where of all) out.text(await (await client.upstream.gitConfig(where)).text())
    })
}

function collectNames(text: string, before: readonly RepositoryName[] = []): readonly RepositoryName[] {
  return [...before, repositoryName(text)]
}
