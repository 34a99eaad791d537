/** `sluice mirror list|set|show|delete|push`. */
import type { Command } from 'commander'
import { collect, id, repositoryName, type RepositoryName } from '../arguments.ts'
import { tokenOfFile } from '../credential-source.ts'
import { readSecret } from '../read-secret.ts'
import type { Cli } from '../session.ts'
import { MIRROR, MIRRORS } from '../shown/mirror.ts'

export function mirrorCommands(program: Command, cli: Cli): void {
  const mirror = program.command('mirror').summary('push repositories on to other servers')
  listCommand(mirror, cli)
  setCommand(mirror, cli)
  showCommand(mirror, cli)
  deleteCommand(mirror, cli)
  pushCommand(mirror, cli)
}

function listCommand(mirror: Command, cli: Cli): void {
  ofRepository(mirror.command('list').summary('list mirrors and how they do')).action(
    async (where: RepositoryName, _options: unknown, command: Command) => {
      const { client, out } = await cli.session(command)
      out.list(await client.mirrors.list(where), MIRRORS)
    },
  )
}

interface SetOptions {
  readonly url: string
  readonly user?: string
  readonly credentialFile?: string
  readonly keepCredential?: true
  readonly ref?: readonly string[]
}

const EXAMPLE = `
The token or password of the remote is read from stdin, or asked for.

Example:
  sluice mirror set acme/app github --url https://github.com/acme/app.git < github-token.txt
`

function setCommand(mirror: Command, cli: Cli): void {
  ofMirror(mirror.command('set').summary('set where a repository is pushed to whenever its refs move'))
    .requiredOption('--url <url>', 'https URL of the repository there')
    .option('--user <name>', 'user there, whose password is given; absent: a token is')
    .option('--credential-file <path>', 'file that holds the token or password')
    .option('--keep-credential', 'the one that it has; the URL must stay as it is')
    .option('--ref <pattern>', 'refs to push, with * for any run; may be repeated', collect)
    .addHelpText('after', EXAMPLE)
    .action(async (where: RepositoryName, name: string, options: SetOptions, command: Command) => {
      const { url, ref: refs } = options
      const { client, out } = await cli.session(command)
      const credential = options.keepCredential ? undefined : await credentialOf(cli, options)
      const body = { url, ...(credential && { credential }), ...(refs && { refs: [...refs] }) }
      const set = await client.mirrors.put({ ...where, name, body })
      out.done(
        `set mirror ${name}; sluice mirror show ${where.org}/${where.repo} ${name} tells how it does`,
        set,
      )
    })
}

async function credentialOf({ terminal }: Cli, { user, credentialFile }: SetOptions) {
  const secret =
    credentialFile === undefined
      ? await readSecret(terminal, user === undefined ? 'Token of the remote' : `Password of ${user}`)
      : await tokenOfFile(credentialFile, 'the credential file')
  return user === undefined ? { token: secret } : { username: user, password: secret }
}

function showCommand(mirror: Command, cli: Cli): void {
  ofMirror(mirror.command('show').summary('show a mirror and how it does')).action(
    async (where: RepositoryName, name: string, _options: unknown, command: Command) => {
      const { client, out } = await cli.session(command)
      out.show(await client.mirrors.get({ ...where, name }), MIRROR)
    },
  )
}

function deleteCommand(mirror: Command, cli: Cli): void {
  ofMirror(mirror.command('delete').summary('remove a mirror; what is at the remote stays there')).action(
    async (where: RepositoryName, name: string, _options: unknown, command: Command) => {
      const { client, out } = await cli.session(command)
      await client.mirrors.delete({ ...where, name })
      out.done(`removed mirror ${name}`)
    },
  )
}

function pushCommand(mirror: Command, cli: Cli): void {
  ofMirror(mirror.command('push').summary('push every ref to a mirror now')).action(
    async (where: RepositoryName, name: string, _options: unknown, command: Command) => {
      const { client, out } = await cli.session(command)
      out.done(`pushing to ${name}`, await client.mirrors.push({ ...where, name }))
    },
  )
}

function ofRepository(command: Command): Command {
  return command.argument('<repository>', '<org>/<name>', repositoryName)
}

function ofMirror(command: Command): Command {
  return ofRepository(command).argument('<mirror>', 'name of the mirror', id)
}
