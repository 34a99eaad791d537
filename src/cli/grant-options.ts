/** What a new token shall be allowed, as options say it: words of a scope, one repository, or a file of details. */
import { readFile } from 'node:fs/promises'
import { Option, type Command } from 'commander'
import { CommandError } from './command-error.ts'
import { readStdin } from './read-stdin.ts'
import type { Terminal } from './terminal.ts'
import { collect, nameOf, repositoryName } from './arguments.ts'

export interface GrantOptions {
  readonly scope?: readonly string[]
  readonly repo?: readonly string[]
  readonly allow: 'read' | 'write' | 'admin'
  readonly ref?: readonly string[]
  readonly path?: readonly string[]
  readonly authorizationDetails?: string
}

/** @see RFC 9396, section 2 */
export interface AuthorizationDetail {
  readonly type: string
  readonly [member: string]: unknown
}

/** @see RFC 6749 section 3.3, RFC 9396 section 2 */
export interface RequestedGrants {
  readonly scope?: string
  readonly authorizationDetails?: readonly AuthorizationDetail[]
}

export function addGrantOptions(command: Command): Command {
  return command
    .option('--scope <words>', 'scope, e.g. "repo:read repo:write"; may be repeated', collect)
    .option('--repo <org/name>', 'only this repository; may be repeated', collectRepository)
    .addOption(
      new Option('--allow <action>', 'what may be done with --repo')
        .choices(['read', 'write', 'admin'])
        .default('write'),
    )
    .option('--ref <pattern>', "write only these refs of --repo, e.g. 'refs/heads/agent-7/*'", collect)
    .option('--path <glob>', "change only these files of --repo, e.g. 'docs/**'", collect)
    .option('--authorization-details <file>', 'JSON of RFC 9396 instead of --repo; - for stdin')
}

/** @throws CommandError `usage` */
export async function requestedGrants(options: GrantOptions, terminal: Terminal): Promise<RequestedGrants> {
  const { scope, authorizationDetails: file } = options
  const details = file === undefined ? ofRepositories(options) : await readDetails(file, terminal)
  return {
    ...(scope && { scope: scope.join(' ') }),
    ...(details.length > 0 && { authorizationDetails: details }),
  }
}

function ofRepositories({ repo = [], allow, ref, path }: GrantOptions): readonly AuthorizationDetail[] {
  if (repo.length === 0 && (ref ?? path)) throw new CommandError('usage', '--ref and --path need --repo')
  return repo.map((identifier) => ({
    type: 'git_repository',
    identifier,
    actions: [allow],
    ...(ref && { refs: ref }),
    ...(path && { paths: path }),
  }))
}

async function readDetails(file: string, terminal: Terminal): Promise<readonly AuthorizationDetail[]> {
  try {
    const details: unknown = JSON.parse(
      file === '-' ? await readStdin(terminal) : await readFile(file, 'utf8'),
    )
    if (Array.isArray(details)) return details
  } catch {
    throw new CommandError('usage', 'the authorization details cannot be read, or are not JSON')
  }
  throw new CommandError('usage', 'authorization details are a JSON array', 'see RFC 9396, section 2')
}

function collectRepository(text: string, before?: readonly string[]): readonly string[] {
  return collect(nameOf(repositoryName(text)), before)
}
