/** The repository that is scanned, and git within it. */
import { existsSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { CommandError } from '../../command-error.ts'
import { GitFault } from '../../git-fault.ts'
import { gitOutput, type GitPipe } from '../../start-git.ts'
import type { Terminal } from '../../terminal.ts'
import { records } from './records.ts'

/** git, in the repository. @throws GitFault */
export type Git = (args: readonly string[], input?: GitPipe['input']) => AsyncGenerator<Buffer>

/** No setting of the repository may start a program; git keeps its memory within bounds. @see git-config(1) */
const SETTINGS = [
  'core.fsmonitor=false',
  'core.packedGitWindowSize=8m',
  'core.packedGitLimit=32m',
  'core.deltaBaseCacheLimit=32m',
  'core.bigFileThreshold=8m',
].flatMap((setting) => ['-c', setting])

/** @param directory of a work tree, anywhere in it, or of a bare repository */
export function gitIn(directory: string, env: Terminal['env']): Git {
  const quiet = { LC_ALL: 'C', GIT_OPTIONAL_LOCKS: '0', GIT_NO_REPLACE_OBJECTS: '1', SLUICE_TOKEN: undefined }
  return (args, input) =>
    gitOutput({
      args: [...SETTINGS, ...args],
      cwd: directory,
      env: { ...env, ...quiet },
      ...(input && { input }),
    })
}

/** The words of the command line: a directory with a repository comes first, the others are revisions. */
export function repositoryAmong(words: readonly string[]): {
  readonly directory: string
  readonly revisions: readonly string[]
} {
  const [first, ...others] = words
  if (first === undefined || !isRepository(first)) return { directory: process.cwd(), revisions: words }
  return { directory: resolve(first), revisions: others }
}

/** Its top, or the directory of a bare one: `docs` below it may be a branch as well. */
function isRepository(path: string): boolean {
  if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) return false
  return existsSync(join(path, '.git')) || ['HEAD', 'objects'].every((name) => existsSync(join(path, name)))
}

/** @throws CommandError `usage`: there is no repository, or none that git would work in */
export async function requireRepository(git: Git, directory: string): Promise<void> {
  try {
    await records(git(['rev-parse', '--git-dir']), '\n')
  } catch (err) {
    if (!(err instanceof GitFault)) throw err
    const foreign = err.stderr.includes('dubious ownership')
    throw new CommandError(
      'usage',
      foreign
        ? `the repository at ${directory} belongs to somebody else`
        : `no git repository at ${directory}`,
      foreign
        ? 'if you trust it: git config --global --add safe.directory <its directory>'
        : 'run this in a repository, or name the directory of one first',
    )
  }
}

/** @throws CommandError `usage`: it is bare */
export async function workTreeOf(git: Git): Promise<string> {
  try {
    const [top = ''] = await records(git(['rev-parse', '--show-toplevel']), '\n')
    return top
  } catch (err) {
    if (!(err instanceof GitFault)) throw err
    throw new CommandError(
      'usage',
      'a bare repository has no work tree',
      'scan its history: sluice scan <directory>',
    )
  }
}
